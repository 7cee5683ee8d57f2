using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Profiling;

/// <summary>Rows of strings put through the profiler without a file: column 0 is the text, column 1 the label.</summary>
internal static class ProfiledRows
{
    public static DataProfile Profile(IReadOnlyList<string> names, IReadOnlyList<string[]> rows, Func<int, int> batchRows, int? time = null)
    {
        var mapping = new SchemaMapping(new MappedColumn(0, names[0], "named"), new MappedColumn(1, names[1], "named"), null, null, null, time is { } column ? new MappedColumn(column, names[column], "named") : null, []);
        using var profiler = new DataProfiler(SchemaInference.Infer(names, rows, mapping), mapping);
        using var facts = new RowFacts();
        var labels = new List<string>();
        for (int first = 0, batch = 0; first < rows.Count; batch++)
        {
            var count = Math.Min(Math.Max(1, batchRows(batch)), rows.Count - first);
            Take(profiler, facts, labels, Batch(names.Count, rows, first, count), rows, first);
            first += count;
        }
        profiler.Prepare(facts, labels.Count);
        foreach (var (row, text) in rows.Where(fields => fields[1].Length > 0 && fields[0].Trim().Length > 0).Select(fields => fields[0]).Index())
            profiler.Read(row, Encoding.UTF8.GetBytes(text));
        return profiler.Build(labels, [.. Enumerable.Range(0, labels.Count)], new DuplicateProfile(0, 0, 0, 0, 0, 0, 0, [], []));
    }

    private static FieldBatch Batch(int columns, IReadOnlyList<string[]> rows, int first, int count)
    {
        var bytes = new List<byte>();
        var ends = new List<int>();
        foreach (var field in rows.Skip(first).Take(count).SelectMany(row => row))
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(field));
            ends.Add(bytes.Count);
        }
        return new FieldBatch(0, first + 1, columns, [.. bytes], [.. ends]);
    }

    private static void Take(DataProfiler profiler, RowFacts facts, List<string> labels, FieldBatch batch, IReadOnlyList<string[]> rows, int first)
    {
        var found = profiler.Profile(batch, null);
        profiler.Take(batch, found);
        for (var record = 0; record < batch.Count; record++)
        {
            var (text, label) = (rows[first + record][0], rows[first + record][1]);
            if (text.Trim().Length == 0 || label.Length == 0)
            {
                profiler.TakeRecord(batch, found, record, RowSample.None, RowSample.None);
                continue;
            }
            if (!labels.Contains(label))
                labels.Add(label);
            facts.Labels.Add(labels.IndexOf(label));
            facts.Characters.Add(text.EnumerateRunes().Count());
            facts.Splits.Add((Split)((first + record) % 3));
            facts.Fates.Add(default);
            facts.Times.Add(long.MinValue);
            facts.Origins.Add(RowFacts.Origin(0, batch.Row(record)));
            profiler.TakeRecord(batch, found, record, labels.IndexOf(label), facts.Count - 1);
        }
    }
}
