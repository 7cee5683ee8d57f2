using System.Globalization;
using FsCheck;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class DataProfilerTests
{
    private static readonly string[] Names = ["text", "label", "score", "when", "flag", "sender"];

    [Property(MaxTest = 30)]
    public void Profile_AnyBatches_EqualsOneBatch(PositiveInt seed, NonEmptyArray<byte> sizes)
    {
        var rows = Rows(400, (ulong)seed.Get);
        var whole = ProfiledRows.Profile(Names, rows, _ => rows.Length, time: 3);
        var parts = ProfiledRows.Profile(Names, rows, batch => sizes.Get[batch % sizes.Get.Length], time: 3);
        parts.ToJson().ShouldBe(whole.ToJson());
    }

    [Fact]
    public void Columns_MixedValues_EqualNaive()
    {
        var rows = Rows(5_000, 1);
        var profile = ProfiledRows.Profile(Names, rows, _ => 700);
        profile.Rows.ShouldBe(rows.Length);
        profile.Columns.Select(column => column.Type).ShouldBe([FieldType.Text, FieldType.String, FieldType.Number, FieldType.Time, FieldType.Boolean, FieldType.String]);
        for (var i = 0; i < Names.Length; i++)
        {
            var (column, values) = (profile.Columns[i], rows.Select(row => i == 0 ? row[i] : row[i].Trim()).Where(value => value.Trim().Length > 0).ToArray());
            column.Name.ShouldBe(Names[i]);
            column.Missing.ShouldBe(rows.Length - values.Length);
            var different = values.Distinct().Count();
            if (different <= FrequentValues.MostExact)
                column.Distinct.ShouldBe(different);
            if (i > 0)
                column.Frequent[0].Count.ShouldBe(values.CountBy(value => value).Max(pair => pair.Value));
            column.Lengths!.Mean.ShouldBe(values.Average(value => value.EnumerateRunes().Count()), 1e-9);
        }
        var numbers = rows.Select(row => double.TryParse(row[2], CultureInfo.InvariantCulture, out var value) ? value : double.NaN).Where(value => !double.IsNaN(value)).ToArray();
        var score = profile.Columns[2].Numbers!;
        (score.Count, score.Min, score.Max).ShouldBe((numbers.Length, numbers.Min(), numbers.Max()));
        score.Mean.ShouldBe(numbers.Average(), 1e-9);
        score.StandardDeviation.ShouldBe(Math.Sqrt(numbers.Average(value => Math.Pow(value - numbers.Average(), 2))), 1e-9);
        score.Quantiles.ShouldBe(score.Quantiles.Order());
        score.Quantiles[100].ShouldBe(numbers.Order().ElementAt(numbers.Length / 2), 0.5);
        profile.Columns[2].Mistyped.ShouldBe(rows.Count(row => row[2] == "n/a"));
        profile.Columns[4].Mistyped.ShouldBe(rows.Count(row => row[4] == "maybe"));
        profile.Columns[3].Numbers!.Min.ShouldBe(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000.0);
    }

    [Fact]
    public void Columns_ManyDifferentValues_AreEstimated()
    {
        var rows = Enumerable.Range(0, 30_000).Select(i => new[] { $"text number {i}", i % 2 == 0 ? "a" : "b", $"id{i}" }).ToArray();
        var profile = ProfiledRows.Profile(["text", "label", "id"], rows, _ => 2048);
        ((double)profile.Columns[2].Distinct).ShouldBe(30_000, 1_000);
        profile.Columns[2].Frequent.ShouldBeEmpty();
        profile.Columns[0].Lengths!.Quantiles[0].ShouldBe("text number 0".Length);
    }

    [Fact]
    public void Labels_RowsAndWords_AreThoseOfTheLabel()
    {
        var rows = Enumerable.Range(0, 3_000).Select(i => new[] { i % 3 == 0 ? $"a bad thing {i}" : $"a good thing {i}", i % 3 == 0 ? "no" : "yes" }).ToArray();
        var profile = ProfiledRows.Profile(["text", "label"], rows, _ => 100);
        profile.Labels.Select(label => (label.Label, label.Rows)).ShouldBe([("no", 1000L), ("yes", 2000L)]);
        profile.Labels.Select(label => label.Words[0]).ShouldBe(["bad", "good"]);
        profile.Labels[0].Words.ShouldNotContain("thing");
        foreach (var label in profile.Labels)
        {
            label.Examples.Count.ShouldBe(3);
            label.Examples.ShouldAllBe(example => rows[example.Row - 1][0] == example.Text && rows[example.Row - 1][1] == label.Label && example.Label == label.Label);
            label.Characters.Count.ShouldBe(label.Rows);
        }
    }

    [Fact]
    public void Predictors_PlantedLeak_IsFoundAndAnIdIsNot()
    {
        var random = new RandomSource(2);
        var rows = Enumerable.Range(0, 6_000).Select(i =>
        {
            var label = random.NextInt32(3);
            var sender = random.NextInt32(20) == 0 ? random.NextInt32(30) : (label * 10) + random.NextInt32(10);
            return new[] { $"text {i}", $"label{label}", $"id{i}", $"sender{sender}", (100 * label + random.NextInt32(90)).ToString(CultureInfo.InvariantCulture), random.NextInt32(5).ToString(CultureInfo.InvariantCulture) };
        }).ToArray();
        var profile = ProfiledRows.Profile(["text", "label", "id", "sender", "amount", "noise"], rows, _ => 2048);
        profile.Predictors.Select(predictor => predictor.Column).ShouldBe(["amount", "sender"]);
        profile.Predictors[0].Accuracy.ShouldBeGreaterThan(0.95);
        profile.Predictors[1].Accuracy.ShouldBe(0.966, 0.02);
        profile.Predictors.ShouldAllBe(predictor => predictor.Baseline < 0.4 && predictor.Coverage > 0.99);
    }

    [Fact]
    public void Predictors_SortedSource_AreItsRowNumbers()
    {
        var rows = Enumerable.Range(0, 4_000).Select(i => new[] { $"text {i}", i < 2_200 ? "first" : "second" }).ToArray();
        var predictor = ProfiledRows.Profile(["text", "label"], rows, _ => 2048).Predictors.ShouldHaveSingleItem();
        predictor.Column.ShouldBe("row number");
        predictor.Accuracy.ShouldBeGreaterThan(0.98);
    }

    [Theory]
    [InlineData(150, false)]
    [InlineData(400, true)]
    public void Predictors_FewRows_AreSaidNotToBeMeasured(int rows, bool measured) =>
        ProfiledRows.Profile(["text", "label"], [.. Enumerable.Range(0, rows).Select(i => new[] { $"text {i}", i % 2 == 0 ? "a" : "b" })], _ => 100).PredictorsMeasured.ShouldBe(measured);

    private static string[][] Rows(int count, ulong seed)
    {
        var random = new RandomSource(seed);
        string[] texts = ["A fine book. Would read again!", "Не понравилось совсем", "plain words only, and many of them so that a block is full", "CafÃ© &amp; bar", "", "  ", "短い文"];
        return
        [
            .. Enumerable.Range(0, count).Select(_ => new[]
            {
                texts[random.NextInt32(texts.Length)] + (random.NextInt32(2) == 0 ? "" : $" {random.NextInt32(100_000)} and some more prose after it"),
                random.NextInt32(20) == 0 ? "" : $"label {random.NextInt32(3)}",
                random.NextInt32(50) == 0 ? "n/a" : random.NextInt32(20) == 0 ? "" : random.NextInt32(100) == 0 ? "1e3" : (random.NextInt32(1000) / 8.0).ToString(CultureInfo.InvariantCulture),
                DateTimeOffset.FromUnixTimeSeconds(1_577_836_800 + (86_400L * random.NextInt32(90))).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                random.NextInt32(40) == 0 ? "maybe" : random.NextInt32(2) == 0 ? " True" : "f",
                $"sender{random.NextInt32(200)}",
            }),
        ];
    }
}
