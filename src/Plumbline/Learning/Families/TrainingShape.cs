using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What a search space may depend on.</summary>
/// <param name="ClassCounts">Training rows of each class.</param>
/// <param name="Ngrams">N-gram columns.</param>
/// <param name="Columns">All columns.</param>
/// <param name="Svd">Whether linear models may take components of their n-grams.</param>
internal sealed record TrainingShape(int Rows, IReadOnlyList<int> ClassCounts, int Ngrams, int Columns, bool Svd = false)
{
    public static TrainingShape Of(FeatureMatrix train, int ngrams, bool svd = false) => new(train.Rows, ClassWeights.Counts(train.Labels(), train.Classes), ngrams, train.Columns, svd);

    public int Classes => ClassCounts.Count;

    /// <summary>Whether weighting classes can make a difference: the largest has more than 1.5 times the rows of the smallest.</summary>
    public bool IsUneven => ClassCounts.Max() > 1.5 * Math.Max(1, ClassCounts.Min());
}
