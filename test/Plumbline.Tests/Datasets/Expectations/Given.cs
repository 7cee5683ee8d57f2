using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Expectations;

/// <summary>What expectations are tried on.</summary>
internal static class Given
{
    public static readonly ColumnNames Columns = new(
        ["review", "stars", "price", "at", "id"], new SchemaMapping(new(0, "review", ""), new(1, "stars", ""), null, null, null, new(3, "at", ""), [new(2, "price", "")]));

    public static readonly DateTimeOffset Now = new(2024, 6, 1, 0, 0, 0, TimeSpan.Zero);

    public static Expectation Warn(ExpectationType type, ExpectationArguments arguments) => new(type, arguments, Severity.Warn);

    /// <summary>One column a parameter, a record an entry.</summary>
    public static FieldBatch Batch(int firstRow, params string[][] records)
    {
        var (bytes, ends) = (new List<byte>(), new List<int>());
        foreach (var field in records.SelectMany(record => record))
        {
            bytes.AddRange(Encoding.UTF8.GetBytes(field));
            ends.Add(bytes.Count);
        }
        return new FieldBatch(0, firstRow, records[0].Length, [.. bytes], [.. ends]);
    }

    public static NumberProfile Numbers(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var mean = sorted.Average();
        return new NumberProfile(
            sorted.Length, sorted[0], sorted[^1], mean, Math.Sqrt(sorted.Average(value => (value - mean) * (value - mean))),
            [.. Enumerable.Range(0, 201).Select(i => sorted[i * (sorted.Length - 1) / 200])]);
    }

    /// <summary>A thousand reviews with one to five stars, prices of 1 to 1000, a day apart until the end of May 2024.</summary>
    public static DataProfile Profile()
    {
        const int Rows = 1000;
        var lengths = Numbers(Enumerable.Range(0, Rows).Select(i => 20.0 + (i % 100)));
        var last = (Now - DateTimeOffset.UnixEpoch).Ticks / 10 - 86_400_000_000;
        var times = Numbers(Enumerable.Range(0, Rows).Select(i => (double)(last - (i * 86_400_000_000L))));
        return new DataProfile
        {
            FormatVersion = 1,
            Rows = Rows,
            Columns =
            [
                new("review", FieldType.Text, 0, 0, Rows, lengths, null, []),
                new("stars", FieldType.Integer, 0, 0, 5, Numbers([1, 1]), Numbers(Enumerable.Range(0, Rows).Select(i => (i % 5) + 1.0)), [.. "12345".Select(star => new ValueCount(star.ToString(), Rows / 5))]),
                new("price", FieldType.Number, 10, 0, Rows - 10, Numbers([1, 4]), Numbers(Enumerable.Range(1, Rows - 10).Select(i => (double)i)), []),
                new("at", FieldType.Time, 0, 0, Rows, Numbers([10, 10]), times, []),
                new("id", FieldType.String, 0, 0, Rows, Numbers([5, 5]), null, []),
            ],
            Text = new TextProfile(lengths, lengths, [new("Latin", 990), new("Cyrillic", 10)], [new("en", 950), new("de", 50)], 0, 0, 0, 0, 0),
            Labels = [.. "12345".Select(star => new LabelProfile(star.ToString(), 140, 30, 30, lengths, [], []))],
            Duplicates = new DuplicateProfile(5, 10, 20, 1, 2, 3, 6, [], []),
            Predictors = [new("id", 0.4, 0.2, 0.9)],
            Times = new TimeRange((long)times.Min, last),
        };
    }

    public static TableFacts Facts(DataProfile? profile = null, DataProfile? previous = null) => new(Columns, 1000, profile ?? Profile(), previous, Now);
}
