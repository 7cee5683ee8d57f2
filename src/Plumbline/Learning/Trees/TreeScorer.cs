using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Scores of boosted trees and of forests.</summary>
internal abstract class TreeScorer : RowScorer
{
    public const string Kind = "trees";

    /// <exception cref="InvalidDataException">An array is missing or of another length, or points outside, or the shape does not fit the contract.</exception>
    protected TreeScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, FeatureContract contract, IModelMemory memory)
        : base(table, scaling, contract.NgramFeatures)
    {
        Evaluation = new TreeEvaluation(shape, contract.NgramFeatures, memory);
        var others = scaling.Count + contract.Categories;
        if (shape.Trees!.Others != others)
            throw new InvalidDataException($"the trees ask about {shape.Trees.Others} columns after the n-grams, but the contract makes {others}");
    }

    protected TreeEvaluation Evaluation { get; }

    public override void Score(FeatureRow row, Span<float> scores)
    {
        var sums = scores[(scores.Length - Evaluation.Model.Outputs)..];
        sums.Clear();
        Evaluation.Add(row, sums);
        Evaluation.Finish(scores);
    }
}
