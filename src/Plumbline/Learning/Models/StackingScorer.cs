using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Weighted sums of the logarithms of several models' calibrated probabilities (stacking; docs/specs/bundle.md).</summary>
internal sealed class StackingScorer : IScorer
{
    public const string Kind = "stacking";

    private readonly (IScorer Scorer, Calibration Calibration)[] _members;
    private readonly ModelArray<float> _weights;
    private readonly ModelArray<float> _biases;

    /// <exception cref="InvalidDataException">The shape has no members, or an array is missing or of another length.</exception>
    public StackingScorer(ModelShape shape, FeatureContract contract, NumericScaling scaling, IModelMemory memory)
    {
        if (shape.Members is not { Count: > 0 } members)
            throw new InvalidDataException("a stacking has no members");
        _members =
        [
            .. members.Select((member, i) => (Scorers.Open(member.Model, contract, scaling, new PrefixedMemory(memory, EnsembleScorer.Prefix(i))), member.Calibration)),
        ];
        _weights = memory.Array<float>(ModelSections.StackingWeights, (long)members.Count * shape.Outputs);
        _biases = memory.Array<float>(ModelSections.StackingBiases, shape.Outputs);
    }

    public void Score(FeatureBuffer buffer, Span<float> scores)
    {
        Span<float> probabilities = stackalloc float[scores.Length];
        _biases.Span.CopyTo(scores);
        for (var member = 0; member < _members.Length; member++)
        {
            _members[member].Scorer.Score(buffer, probabilities);
            _members[member].Calibration.Apply(probabilities);
            Add(probabilities, _weights.Span.Slice(member * scores.Length, scores.Length), scores);
        }
    }

    /// <summary>Adds what a member says, by its weights, one a label.</summary>
    public static void Add(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> weights, Span<float> scores)
    {
        for (var k = 0; k < scores.Length; k++)
            scores[k] += weights[k] * LogOf(probabilities[k]);
    }

    public static float LogOf(float probability) => MathF.Log(MathF.Max(EnsembleScorer.Least, probability));
}
