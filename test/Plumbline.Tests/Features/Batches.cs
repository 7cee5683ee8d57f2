using System.Text;
using Plumbline.Datasets;
using Plumbline.Statistics;

namespace Plumbline.Tests.Features;

/// <summary>Records in memory.</summary>
internal static class Batches
{
    private static readonly string[] Words =
    [
        "good", "bad", "great", "awful", "fine", "the", "a", "it", "film", "book", "never", "very", "so", "not", "Слово", "漢字", "😀", "!", "?", "WOW",
    ];

    public static List<RecordBatch> Of(int batchSize, IEnumerable<(string Text, int Label)> records) =>
        Of(batchSize, 0, records.Select(record => (record.Text, record.Label, Array.Empty<float>())));

    public static List<RecordBatch> Of(int batchSize, int inputs, IEnumerable<(string Text, int Label, float[] Inputs)> records)
    {
        var batches = new List<RecordBatch>();
        var builder = new BatchBuilder(batchSize, inputs);
        var row = 0L;
        foreach (var (text, label, values) in records)
        {
            values.CopyTo(builder.Add(Encoding.UTF8.GetBytes(text), label, row++));
            if (builder.IsFull)
                batches.Add(builder.Build());
        }
        if (builder.Count > 0)
            batches.Add(builder.Build());
        return batches;
    }

    /// <summary>Texts of a few common and many rare words, with a label that leans on the first of them.</summary>
    public static (string Text, int Label)[] Random(ulong seed, int rows, int classes)
    {
        var random = new RandomSource(seed);
        return
        [
            .. Enumerable.Range(0, rows).Select(_ =>
            {
                var label = random.NextInt32(classes);
                var words = Enumerable.Range(0, random.NextInt32(12)).Select(_ => random.NextInt32(4) switch
                {
                    0 => $"w{random.NextInt32(200)}",
                    1 => $"label{(label + (random.NextInt32(4) == 0 ? 1 : 0)) % classes}",
                    _ => Words[random.NextInt32(Words.Length)],
                });
                return (string.Join(' ', words), label);
            }),
        ];
    }
}
