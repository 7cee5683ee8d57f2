namespace Plumbline.Rollouts;

/// <summary>Rows that the stable version and a candidate both answered, as shadow traffic and replays have them.</summary>
/// <param name="Pairs">By the stable version's answer and the candidate's.</param>
/// <param name="Distance">Σ over rows of ½ Σ |p − q| over labels: 0 where the probabilities are equal, 1 where they have nothing in common.</param>
/// <param name="Examples">Rows on which they disagree, at most <see cref="MostExamples"/>, by <see cref="ComparedExample.Key"/>.</param>
public sealed record ComparedSums(IReadOnlyList<LabelPair> Pairs, double Distance, IReadOnlyList<ComparedExample> Examples)
{
    public const int MostExamples = 20;

    public static ComparedSums None { get; } = new([], 0, []);

    internal long Rows => Pairs.Sum(pair => pair.Rows);

    internal long Disagreements => Pairs.Where(pair => pair.First != pair.Second).Sum(pair => pair.Rows);

    internal static ComparedSums Sum(ComparedSums first, ComparedSums second) =>
        new(LabelPair.Sum(first.Pairs, second.Pairs), first.Distance + second.Distance, ComparedExample.Sample(first.Examples.Concat(second.Examples)));
}

/// <summary>A row on which two versions disagree.</summary>
/// <param name="Prediction">Id of the prediction that the caller got.</param>
/// <param name="Key">Its place in the order by which examples are kept (<see cref="KeyOf"/>).</param>
/// <param name="First">The stable version's answer; <paramref name="FirstProbability"/> is what it gave it.</param>
/// <param name="Second">The candidate's answer.</param>
/// <param name="Text">Only where the project lets texts be kept.</param>
public sealed record ComparedExample(string Prediction, ulong Key, string First, double FirstProbability, string Second, double SecondProbability, string? Text = null)
{
    /// <summary>Pseudo-random for a seed, such as the hash of the salt: the rows of smallest keys are a uniform sample of all, whatever servers they came from and in whatever order.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> prediction, ulong seed) => System.IO.Hashing.XxHash64.HashToUInt64(prediction, unchecked((long)seed));

    internal static IReadOnlyList<ComparedExample> Sample(IEnumerable<ComparedExample> examples) =>
    [
        .. examples.DistinctBy(example => example.Prediction).OrderBy(example => example.Key).ThenBy(example => example.Prediction, StringComparer.Ordinal).Take(ComparedSums.MostExamples),
    ];
}
