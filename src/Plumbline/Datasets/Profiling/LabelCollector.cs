using System.Runtime.InteropServices;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets.Profiling;

/// <summary>What the records that were kept say of each label, once splits are decided. Labels go by their number in order of appearance. Not thread-safe.</summary>
internal sealed class LabelCollector
{
    private const int Sampled = 20_000;
    private const int Examples = 3;

    private readonly RowFacts _rows;
    private readonly Label[] _labels;

    /// <param name="starts">Of the bins of time; null without times.</param>
    public LabelCollector(RowFacts rows, int labels, long[]? starts)
    {
        _rows = rows;
        _labels = [.. Enumerable.Range(0, labels).Select(_ => new Label { Times = new long[starts?.Length ?? 0] })];
        CountSplits();
        for (var row = 0; row < rows.Count; row++)
            if (IsCounted(row))
                Take(row, starts);
    }

    /// <summary>Of a few texts, the label's rows of smallest keys.</summary>
    public IEnumerable<int> ExamplesOf(int label) => _labels[label].Examples.Select(example => example.Row).Order();

    public LabelProfile Build(int label, string name, IReadOnlyList<string> words, IReadOnlyList<TextExample> examples)
    {
        var found = _labels[label];
        var characters = found.Characters.Build(CollectionsMarshal.AsSpan(found.Sample)) ?? new NumberProfile(0, 0, 0, 0, 0, new double[201]);
        return new LabelProfile(name, found.Splits[0], found.Splits[1], found.Splits[2], characters, words, examples) { Times = found.Times };
    }

    /// <summary>Whether the record is in the snapshot, or would be but for balancing.</summary>
    public bool IsCounted(int row) => _rows.Fates[row] is RowFate.Kept or RowFate.Balanced;

    private void CountSplits()
    {
        for (var row = 0; row < _rows.Count; row++)
            if (IsCounted(row))
                _labels[_rows.Labels[row]].Splits[(int)_rows.Splits[row]]++;
        foreach (var label in _labels)
            label.LargestKey = label.Splits.Sum() <= Sampled ? ulong.MaxValue : (ulong)(ulong.MaxValue * (Sampled / (double)label.Splits.Sum()));
    }

    private void Take(int row, long[]? starts)
    {
        var label = _labels[_rows.Labels[row]];
        var key = RowSample.KeyOf(_rows.Origins[row]);
        label.Characters.Add(_rows.Characters[row]);
        if (key <= label.LargestKey)
            label.Sample.Add(_rows.Characters[row]);
        if (starts is not null && _rows.Times[row] != long.MinValue)
            label.Times[TimeCalendar.Find(starts, _rows.Times[row])]++;
        if (label.Examples.Count == Examples && key >= label.Examples[^1].Key)
            return;
        if (label.Examples.Count == Examples)
            label.Examples.RemoveAt(Examples - 1);
        var at = label.Examples.FindIndex(example => example.Key > key);
        label.Examples.Insert(at < 0 ? label.Examples.Count : at, (key, row));
    }

    private sealed class Label
    {
        public NumberCollector Characters;

        public long[] Splits { get; } = new long[3];

        public required long[] Times { get; init; }

        /// <summary>Keys up to which rows are sampled for quantiles.</summary>
        public ulong LargestKey { get; set; }

        public List<double> Sample { get; } = [];

        /// <summary>By rising keys.</summary>
        public List<(ulong Key, int Row)> Examples { get; } = [];
    }
}
