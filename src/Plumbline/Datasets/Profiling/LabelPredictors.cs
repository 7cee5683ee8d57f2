using System.Runtime.InteropServices;

namespace Plumbline.Datasets.Profiling;

/// <summary>Finds columns that foretell the label alone, which a model must not be told or will not have: fitted on one half of a sample, measured on the other.</summary>
internal sealed class LabelPredictors
{
    /// <summary>A pseudo-column: where a record stands in the source.</summary>
    public const string RowNumber = "row number";

    /// <summary>Labelled rows that each half must have.</summary>
    public const int FewestRows = 100;

    private const int Bins = 64;

    /// <summary>How many standard errors better than always saying the most frequent label.</summary>
    private const double Certainty = 3;

    private const double SmallestGain = 0.01;

    private readonly RowSample _sample;
    private readonly int[] _fit;
    private readonly int[] _measure;
    private readonly int _baseline;

    private LabelPredictors(RowSample sample)
    {
        _sample = sample;
        var labelled = Enumerable.Range(0, sample.Count).Where(row => sample.Row(row).Label >= 0).ToArray();
        _fit = [.. labelled.Where(row => (sample.Row(row).Key & 1) == 0)];
        _measure = [.. labelled.Where(row => (sample.Row(row).Key & 1) == 1)];
        _baseline = MostFrequent(_fit.Select(row => sample.Row(row).Label));
    }

    /// <param name="columns">Names by number; null for those that are not to be looked at: the text and the label itself.</param>
    /// <returns>Null where too few rows have a label to measure any.</returns>
    public static IReadOnlyList<LabelPredictor>? Find(RowSample sample, IReadOnlyList<string?> columns)
    {
        var predictors = new LabelPredictors(sample);
        if (predictors._fit.Length < FewestRows || predictors._measure.Length < FewestRows)
            return null;
        var found = new List<LabelPredictor?> { predictors.Judge(RowNumber, predictors.Binned(row => sample.Row(row).Number)) };
        for (var column = 0; column < columns.Count; column++)
        {
            if (columns[column] is not { } name)
                continue;
            var number = column;
            LabelPredictor?[] ways =
            [
                predictors.Judge(name, row => sample.Value(row, number) is { Length: not BatchFacts.Missing } cell ? cell.Hash : null),
                predictors.Judge(name, predictors.Binned(row => sample.Value(row, number).Number)),
            ];
            found.Add(ways.MaxBy(way => way?.Accuracy ?? 0));
        }
        return [.. found.OfType<LabelPredictor>().OrderByDescending(predictor => predictor.Accuracy)];
    }

    /// <summary>The number of the quantile bin of a value over the fitted half; null for none.</summary>
    private Func<int, ulong?> Binned(Func<int, double> value)
    {
        var sorted = _fit.Select(value).Where(number => !double.IsNaN(number)).Order().ToArray();
        if (sorted.Length == 0)
            return _ => null;
        var edges = Enumerable.Range(1, Bins - 1).Select(bin => sorted[bin * sorted.Length / Bins]).Distinct().ToArray();
        return row =>
        {
            var number = value(row);
            if (double.IsNaN(number))
                return null;
            var at = Array.BinarySearch(edges, number);
            return (ulong)(at >= 0 ? at : ~at);
        };
    }

    /// <param name="keyOf">What is known of a row; null for nothing.</param>
    /// <returns>Null where that is no better than knowing nothing.</returns>
    private LabelPredictor? Judge(string column, Func<int, ulong?> keyOf)
    {
        var answers = Fit(keyOf);
        int right = 0, baseline = 0, covered = 0, gained = 0, lost = 0;
        foreach (var row in _measure)
        {
            var truth = _sample.Row(row).Label;
            var answer = _baseline;
            if (keyOf(row) is { } key && answers.TryGetValue(key, out var known))
            {
                covered++;
                answer = known;
            }
            right += answer == truth ? 1 : 0;
            baseline += _baseline == truth ? 1 : 0;
            gained += answer == truth && _baseline != truth ? 1 : 0;
            lost += answer != truth && _baseline == truth ? 1 : 0;
        }
        double rows = _measure.Length;
        var better = gained - lost > Certainty * Math.Sqrt(gained + lost) && gained - lost >= SmallestGain * rows;
        return better ? new LabelPredictor(column, right / rows, baseline / rows, covered / rows) : null;
    }

    private Dictionary<ulong, int> Fit(Func<int, ulong?> keyOf)
    {
        var counts = new Dictionary<(ulong, int), int>();
        foreach (var row in _fit)
            if (keyOf(row) is { } key)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, (key, _sample.Row(row).Label), out _)++;
        var answers = new Dictionary<ulong, (int Label, int Count)>();
        foreach (var ((key, label), count) in counts)
        {
            ref var best = ref CollectionsMarshal.GetValueRefOrAddDefault(answers, key, out var known);
            if (!known || count > best.Count || (count == best.Count && label < best.Label))
                best = (label, count);
        }
        return answers.ToDictionary(answer => answer.Key, answer => answer.Value.Label);
    }

    private static int MostFrequent(IEnumerable<int> labels) =>
        labels.CountBy(label => label).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => pair.Key).FirstOrDefault(RowSample.None);
}
