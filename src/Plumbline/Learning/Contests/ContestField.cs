using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;

namespace Plumbline.Learning.Contests;

/// <summary>What the families of a contest compete on, and share.</summary>
internal sealed record ContestField(FoldSet Folds, CostMeter Costs)
{
    /// <summary>One a fold.</summary>
    public IReadOnlyList<TrainingShape> Shapes { get; } = [.. Folds.Folds.Select(fold => TrainingShape.Of(fold.Train, fold.Ngrams))];

    /// <summary>Bytes that one trial takes at most: its folds are fitted one after another, and leave what other trials share, and the scores of all.</summary>
    public long Memory(IModelFamily family, bool svd)
    {
        var fit = Shapes.Max(shape => family.Memory(shape with { Svd = svd }));
        return Folds.IsHoldout ? fit : fit + Shapes.Skip(1).Sum(SharedFits.KeptBytes) + ((long)Folds.Labels.Length * Folds.Classes * sizeof(float));
    }
}
