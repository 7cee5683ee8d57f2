using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Tests.Features;

public sealed class CategoryTests
{
    private static readonly string[] Values = ["", " ", "DE", " DE\t", "FR", "de", "über", "U\0S", "U\uFFFDS", "0", "00", new string('x', 256), new string('y', 257)];

    private static readonly string[] Countries = ["DE", "FR", "", "IT"];

    private static readonly FeatureOptions Options = FeatureOptions.Default with { Ngrams = new(1, 1), Categorical = new CategoricalOptions(["country"], Weight: 0.25) };

    [Property(MaxTest = 100)]
    public void Learn_AnyRows_SameAsNaiveCounting(ulong seed, byte minRows, byte most)
    {
        var random = new RandomSource(seed);
        var rows = Enumerable.Range(0, 200).Select(_ => new[] { Values[random.NextInt32(Values.Length)], $"v{random.NextInt32(1 + random.NextInt32(60))}" }).ToArray();
        var options = new CategoricalOptions(["a", "b"], 1 + (minRows % 4), 1 + (most % 20));
        var batches = Of(17, rows);
        var features = CategoryCounts.Learn(() => batches, options, CancellationToken.None);
        for (var column = 0; column < 2; column++)
        {
            features[column].Name.ShouldBe(options.Inputs[column]);
            features[column].Categories.ShouldBe(Naive(rows.Select(row => row[column]), options));
        }
        var encoder = new CategoryEncoder(features, options);
        encoder.Count.ShouldBe(features.Sum(feature => feature.Categories.Count));
        for (var column = 0; column < 2; column++)
        {
            foreach (var value in rows.Select(row => row[column]).Append("never seen"))
            {
                var clean = Clean(value);
                var known = features[column].Categories.ToList().IndexOf(clean);
                encoder.Find(column, Encoding.UTF8.GetBytes(value)).ShouldBe(clean.Length == 0 ? Category.Missing : known >= 0 ? known : Category.Unknown);
            }
        }
    }

    [Fact]
    public void Learn_OtherOrderOfRowsAndBatches_SameCategories()
    {
        var rows = Enumerable.Range(0, 500).Select(i => new[] { $"v{i % 23}", $"w{i * i % 31}" }).ToArray();
        var options = new CategoricalOptions(["a", "b"], 3, 7);
        var one = CategoryCounts.Learn(() => Of(500, rows), options, CancellationToken.None);
        var other = CategoryCounts.Learn(() => Of(3, [.. rows.Reverse()]), options, CancellationToken.None);
        other.SelectMany(feature => feature.Categories).ShouldBe(one.SelectMany(feature => feature.Categories));
    }

    [Fact]
    public void Learn_ColumnWithoutACategory_SaysWhatToDo() => Should
        .Throw<DatasetException>(() => CategoryCounts.Learn(() => Of(10, [.. Enumerable.Range(0, 50).Select(i => new[] { $"order {i}" })]), new CategoricalOptions(["order"]), CancellationToken.None))
        .Message.ShouldContain("No value of the categorical column 'order' is in at least 10 training rows");

    [Fact]
    public void Matrix_Categories_OneEntryOfTheWeightBeforeTheIntercept()
    {
        var (features, matrix) = FittedFeatures.Learn(Reviews, 2, true, Options, 2, MatrixMemory.Default, CancellationToken.None);
        using var _ = features;
        using var __ = matrix;
        var categories = features.Categorical.Single().Categories;
        categories.Order(StringComparer.Ordinal).ShouldBe(["DE", "FR", "IT"]);
        matrix.Columns.ShouldBe(features.NgramCount + features.Numeric.Count + 4);
        var at = 0;
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++, at++)
            {
                var category = at % 50 == 0 ? -1 : categories.ToList().IndexOf(Countries[at % 4]);
                var (index, value) = (block.Indices[block.Ends[row] - 2], block.Values[block.Ends[row] - 2]);
                value.ShouldBe(category < 0 ? 0 : 0.25f);
                index.ShouldBe(matrix.Columns - 4 + Math.Max(0, category));
                (block.Indices[block.Ends[row] - 1], block.Values[block.Ends[row] - 1]).ShouldBe((matrix.Columns - 1, 1f));
            }
        }
    }

    [Fact]
    public unsafe void Matrix_RowsOfTraining_SameBitsAsTheRowsThatAreScored()
    {
        var (features, matrix) = FittedFeatures.Learn(Reviews, 2, true, Options, 2, MatrixMemory.Default, CancellationToken.None);
        using var _ = features;
        using var __ = matrix;
        using var transformed = features.Transform(Reviews(), 2, CancellationToken.None);
        var parameters = new ModelParameters(new ModelShape("rows", "rows", 2, FeatureTable.StrideFor(0)), [.. NgramSections.Of(features)]);
        var table = new FeatureTable(parameters.Array<float>(ModelSections.Table).Start, parameters.Shape.Stride);
        var slots = parameters.Array<ulong>(ModelSections.Slots);
        var categories = new CategoryEncoder(features.Categorical, Options.Categorical);
        var vectorizer = new Vectorizer(Options, new Vocabulary(slots.Start, (int)slots.Length), features.Contract.HasSentiment, categories);
        var scorer = new Recorder(table, new NumericScaling(features.Numeric, Options.Numeric), features.NgramCount);
        var (buffer, found) = (new FeatureBuffer(), new int[1]);
        foreach (var (block, batch) in transformed.Blocks.Zip(Reviews()))
        {
            for (var row = 0; row < block.Rows; row++)
            {
                categories.Find(batch, row, found);
                vectorizer.Vectorize(batch.Text(row), [], table, buffer, found);
                scorer.Score(buffer, new float[2]);
                scorer.Indices.ShouldBe(block.Indices[block.Start(row)..block.Ends[row]]);
                scorer.Values.ShouldBe(block.Values[block.Start(row)..block.Ends[row]]);
            }
        }
        GC.KeepAlive(parameters);
    }

    /// <summary>Keeps the row that it is to score.</summary>
    private sealed class Recorder(FeatureTable table, NumericScaling scaling, int ngrams) : RowScorer(table, scaling, ngrams)
    {
        public int[] Indices { get; private set; } = [];

        public float[] Values { get; private set; } = [];

        public override void Score(FeatureRow row, Span<float> scores) => (Indices, Values) = (row.Indices.ToArray(), row.Values.ToArray());
    }

    private static List<RecordBatch> Reviews()
    {
        var records = Batches.Random(4, 300, 2);
        var builder = new BatchBuilder(64, 0, 1);
        var batches = new List<RecordBatch>();
        for (var row = 0; row < records.Length; row++)
        {
            builder.Add(Encoding.UTF8.GetBytes(records[row].Text), records[row].Label, row);
            builder.AddCategory(Encoding.UTF8.GetBytes(row % 50 == 0 ? "rare" : Countries[row % 4]));
            if (builder.IsFull || row == records.Length - 1)
                batches.Add(builder.Build());
        }
        return batches;
    }

    private static string Clean(string value) => value.Trim(' ', '\t').Replace('\0', '\uFFFD');

    private static string[] Naive(IEnumerable<string> values, CategoricalOptions options) =>
    [
        .. values.Select(Clean).Where(value => value.Length > 0 && Encoding.UTF8.GetByteCount(value) <= 256).GroupBy(value => value)
            .Where(group => group.Count() >= options.MinRows).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Take(options.MaxCategories).Select(group => group.Key),
    ];

    private static List<RecordBatch> Of(int batchSize, string[][] rows)
    {
        var builder = new BatchBuilder(batchSize, 0, rows[0].Length);
        var batches = new List<RecordBatch>();
        foreach (var row in rows)
        {
            builder.Add("text"u8, 0, 0);
            foreach (var value in row)
                builder.AddCategory(Encoding.UTF8.GetBytes(value));
            if (builder.IsFull)
                batches.Add(builder.Build());
        }
        if (builder.Count > 0)
            batches.Add(builder.Build());
        return batches;
    }
}
