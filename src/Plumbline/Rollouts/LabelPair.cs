namespace Plumbline.Rollouts;

/// <summary>Rows by two labels: of feedback the true and the predicted one, of a comparison the stable version's answer and the candidate's.</summary>
/// <param name="Rows">A corrected label takes a row from one pair and adds one to another, so a window's count may be below 0.</param>
public sealed record LabelPair(string First, string Second, long Rows)
{
    internal static IReadOnlyList<LabelPair> Sum(IReadOnlyList<LabelPair> first, IReadOnlyList<LabelPair> second) => second.Count == 0 ? first : first.Count == 0 ? second :
    [
        .. first.Concat(second).GroupBy(pair => (pair.First, pair.Second)).Select(pairs => new LabelPair(pairs.Key.First, pairs.Key.Second, pairs.Sum(pair => pair.Rows)))
            .Where(pair => pair.Rows != 0).OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
    ];

    /// <summary>Row-major counts over labels that contain all that occur.</summary>
    internal static long[] Cells(IReadOnlyList<LabelPair> pairs, IReadOnlyList<string> labels)
    {
        var index = labels.Select((label, at) => (label, at)).ToDictionary(pair => pair.label, pair => pair.at, StringComparer.Ordinal);
        var cells = new long[labels.Count * labels.Count];
        foreach (var pair in pairs.Where(pair => pair.Rows > 0))
            cells[(index[pair.First] * labels.Count) + index[pair.Second]] += pair.Rows;
        return cells;
    }

    internal static string[] Labels(params ReadOnlySpan<IReadOnlyList<LabelPair>> pairs)
    {
        var labels = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var list in pairs)
            labels.UnionWith(list.Where(pair => pair.Rows > 0).SelectMany(pair => new[] { pair.First, pair.Second }));
        return [.. labels];
    }
}
