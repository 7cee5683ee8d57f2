using System.Text;
using Plumbline.Rollouts;

namespace Plumbline.Server.Generations;

/// <summary>Counts rows that the stable version and a candidate both answered. Not thread-safe.</summary>
internal sealed class ComparedRows(IReadOnlyList<string> labels)
{
    private readonly long[] _pairs = new long[labels.Count * labels.Count];
    private readonly List<ComparedExample> _examples = [];
    private double _distance;

    /// <param name="prediction">Id of what the caller got.</param>
    /// <param name="first">Index of stable's answer.</param>
    public void Add(Guid prediction, int first, ReadOnlySpan<float> stable, int second, ReadOnlySpan<float> mine)
    {
        _pairs[(first * labels.Count) + second]++;
        var distance = 0.0;
        for (var label = 0; label < labels.Count; label++)
            distance += Math.Abs(mine[label] - stable[label]) / 2;
        // Of two sums of probabilities that are 1 but for rounding, no distance is more.
        _distance += Math.Min(1, distance);
        if (first == second)
            return;
        var id = prediction.ToString();
        _examples.Add(new ComparedExample(id, ComparedExample.KeyOf(Encoding.ASCII.GetBytes(id), 0), labels[first], stable[first], labels[second], mine[second]));
    }

    public ComparedSums Sums() => new(
        [
            .. _pairs.Select((rows, at) => new LabelPair(labels[at / labels.Count], labels[at % labels.Count], rows)).Where(pair => pair.Rows > 0)
                .OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
        ],
        _distance, [.. _examples.OrderBy(example => example.Key).Take(ComparedSums.MostExamples)]);
}
