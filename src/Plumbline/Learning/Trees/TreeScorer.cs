using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Scores of boosted trees and of forests.</summary>
internal sealed class TreeScorer : RowScorer
{
    public const string Kind = "trees";

    private readonly TreeEvaluation _evaluation;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or points outside, or the shape does not fit the contract.</exception>
    public TreeScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, FeatureContract contract, IModelMemory memory)
        : base(table, scaling, contract.NgramFeatures)
    {
        _evaluation = new TreeEvaluation(shape, contract.NgramFeatures, memory);
        var others = scaling.Count + contract.Categories;
        if (shape.Trees!.Others != others)
            throw new InvalidDataException($"the trees ask about {shape.Trees.Others} columns after the n-grams, but the contract makes {others}");
    }

    public override void Score(FeatureRow row, Span<float> scores)
    {
        var sums = scores[(scores.Length - _evaluation.Model.Outputs)..];
        sums.Clear();
        _evaluation.Add(row, sums);
        _evaluation.Finish(scores);
    }
}
