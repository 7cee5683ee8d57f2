using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Scores of boosted trees and of forests.</summary>
internal sealed class TreeScorer : RowScorer
{
    public const string Kind = "trees";

    private readonly TreeEvaluation _evaluation;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or points outside.</exception>
    public TreeScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, int ngrams, IModelMemory memory)
        : base(table, scaling, ngrams) => _evaluation = new TreeEvaluation(shape, ngrams, memory);

    public override void Score(FeatureRow row, Span<float> scores)
    {
        var sums = scores[(scores.Length - _evaluation.Model.Outputs)..];
        sums.Clear();
        _evaluation.Add(row, sums);
        _evaluation.Finish(scores);
    }
}
