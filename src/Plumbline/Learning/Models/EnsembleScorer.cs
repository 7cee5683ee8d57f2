using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>The weighted mean of the calibrated probabilities of several models (soft voting); its scores are their logarithms.</summary>
internal sealed class EnsembleScorer : IScorer
{
    public const string Kind = "ensemble";

    /// <summary>The least probability, so that its logarithm is finite.</summary>
    public const float Least = 1e-12f;

    private readonly (IScorer Scorer, float Weight, Calibration Calibration)[] _members;

    /// <exception cref="InvalidDataException">The shape has no members, or an array is missing or of another length.</exception>
    public EnsembleScorer(ModelShape shape, FeatureContract contract, NumericScaling scaling, IModelMemory memory)
    {
        if (shape.Members is not { Count: > 0 } members)
            throw new InvalidDataException("an ensemble has no members");
        _members =
        [
            .. members.Select((member, i) => (
                Scorers.Open(member.Model, contract, scaling, new PrefixedMemory(memory, Prefix(i))), member.Weight, member.Calibration)),
        ];
    }

    /// <summary>What the names of a member's arrays begin with.</summary>
    public static string Prefix(int member) => FormattableString.Invariant($"member{member}.");

    public void Score(FeatureBuffer buffer, Span<float> scores)
    {
        Span<float> probabilities = stackalloc float[scores.Length];
        scores.Clear();
        foreach (var (scorer, weight, calibration) in _members)
        {
            scorer.Score(buffer, probabilities);
            Vote(probabilities, weight, calibration, scores);
        }
        Finish(scores);
    }

    /// <summary>Turns a member's scores into probabilities and adds them.</summary>
    public static void Vote(Span<float> memberScores, float weight, Calibration calibration, Span<float> sums)
    {
        calibration.Apply(memberScores);
        for (var k = 0; k < sums.Length; k++)
            sums[k] += weight * memberScores[k];
    }

    /// <summary>Sums of weighted probabilities become scores.</summary>
    public static void Finish(Span<float> sums)
    {
        for (var k = 0; k < sums.Length; k++)
            sums[k] = MathF.Log(MathF.Max(Least, sums[k]));
    }
}
