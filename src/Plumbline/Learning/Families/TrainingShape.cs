using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What a search space may depend on.</summary>
/// <param name="ClassCounts">Training rows of each class.</param>
/// <param name="Ngrams">N-gram columns.</param>
/// <param name="Columns">All columns.</param>
/// <param name="Entries">Of all rows.</param>
internal sealed record TrainingShape(int Rows, IReadOnlyList<int> ClassCounts, int Ngrams, int Columns, long Entries)
{
    public static TrainingShape Of(FeatureMatrix train, int ngrams) => new(
        train.Rows, ClassWeights.Counts(train.Labels(), train.Classes), ngrams, train.Columns, Enumerable.Range(0, train.Blocks.Count).Sum(block => (long)train.Blocks.EntriesOf(block)));

    /// <summary>Whether linear models may take components of their n-grams.</summary>
    public bool Svd { get; init; }

    public int Classes => ClassCounts.Count;

    /// <summary>Bytes of a score of each class for each row of valid, which is taken to have no more rows than train.</summary>
    public long ScoreBytes => (long)Rows * Classes * sizeof(float);

    /// <summary>Whether weighting classes can make a difference: the largest has more than 1.5 times the rows of the smallest.</summary>
    public bool IsUneven => ClassCounts.Max() > 1.5 * Math.Max(1, ClassCounts.Min());
}
