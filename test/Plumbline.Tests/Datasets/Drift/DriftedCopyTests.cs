using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Drift;
using Plumbline.Datasets.Output;
using Plumbline.Tests.Datasets.Expectations;

namespace Plumbline.Tests.Datasets.Drift;

public sealed class DriftedCopyTests : IDisposable
{
    private const int Rows = 5_000;

    private static readonly string[] Header = ["text", "label", "price", "time"];
    private static readonly string[][] Still = [.. Enumerable.Range(0, Rows).Select(Row)];

    private readonly SourceFolder _folder = new();

    public static TheoryData<DriftInjectionKind> Kinds => [.. Enum.GetValues<DriftInjectionKind>()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_BeforeItBegins_ChangesNoByte(DriftInjectionKind kind)
    {
        var (bytes, report) = Drift(Options(kind) with { From = 0.5 });
        var before = Encoding.UTF8.GetBytes(Csv(Still[..(Rows / 2)]));
        bytes.AsSpan(0, before.Length).SequenceEqual(before).ShouldBeTrue();
        bytes.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Csv(Still))).ShouldBeFalse();
        report.Windows.Take(10).ShouldAllBe(window => window.Strength == 0 && window.Changed[kind] == 0);
        report.Windows.Skip(10).ShouldAllBe(window => window.Strength == 1 && window.Changed[kind] > 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_StrengthZero_IsTheSource(DriftInjectionKind kind) =>
        Encoding.UTF8.GetString(Drift(Options(kind) with { Strength = 0 }).Bytes).ShouldBe(Csv(Still));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_AnyNumberOfThreads_SameBytesAndReport(DriftInjectionKind kind)
    {
        var options = Options(kind) with { Strength = 0.5, Shape = DriftShape.Gradual, From = 0.2 };
        var (bytes, report) = Drift(options, threads: 1);
        var (again, reportAgain) = Drift(options, threads: 4);
        again.ShouldBe(bytes);
        reportAgain.ToJson().ShouldBe(report.ToJson());
        Drift(options with { Seed = 8 }).Bytes.SequenceEqual(bytes).ShouldBe(kind == DriftInjectionKind.Length);
    }

    [Fact]
    public void Write_AllKindsAtOnce_EachDoesWhatItDoesAlone()
    {
        var options = Options([.. Enum.GetValues<DriftInjectionKind>()]) with { Strength = 0.5 };
        var (_, together) = Drift(options);
        foreach (var kind in new[] { DriftInjectionKind.ClassPrior, DriftInjectionKind.Length })
            Counts(together, kind)[0].ShouldBeGreaterThan(0);
        var (withoutPrior, _) = Drift(options with { Kinds = [DriftInjectionKind.Missing, DriftInjectionKind.LabelMeaning] });
        var (labels, _) = Drift(options with { Kinds = [DriftInjectionKind.LabelMeaning] });
        var (missing, _) = Drift(options with { Kinds = [DriftInjectionKind.Missing] });
        Parse(withoutPrior).Select(row => row[1]).ShouldBe(Parse(labels).Select(row => row[1]));
        Parse(withoutPrior).Select(row => row[2]).ShouldBe(Parse(missing).Select(row => row[2]));
    }

    [Theory]
    [InlineData(0.25, 0.5, 0.5)]
    [InlineData(0.25, 1, 0.25)]
    [InlineData(4, 0.5, 2)]
    public void Length_Strength_IsTheFactorsPower(double factor, double strength, double expected)
    {
        var (bytes, _) = Drift(Options(DriftInjectionKind.Length) with { LengthFactor = factor, Strength = strength });
        (Parse(bytes).Average(row => row[0].Length) / Still.Average(row => row[0].Length)).ShouldBe(expected, 0.06 * expected + 0.02);
    }

    [Fact]
    public void Missing_Strength_IsTheShareOfEmptyValues()
    {
        var (bytes, report) = Drift(Options(DriftInjectionKind.Missing) with { Strength = 0.3 });
        Parse(bytes).Average(row => row[2].Length == 0 ? 1.0 : 0).ShouldBe(0.3, 0.02);
        report.EmptiedColumns.ShouldBe(["price"]);
        Counts(report, DriftInjectionKind.Missing).Sum().ShouldBe(Parse(bytes).Count(row => row[2].Length == 0));
    }

    [Fact]
    public void LabelMeaning_Strength_IsTheShareOfPermutedLabels()
    {
        var (bytes, report) = Drift(Options(DriftInjectionKind.LabelMeaning) with { Strength = 0.4 });
        var changed = Parse(bytes).Zip(Still).Where(pair => pair.First[1] != pair.Second[1]).ToArray();
        (changed.Length / (double)Rows).ShouldBe(0.4, 0.03);
        changed.ShouldAllBe(pair => pair.First[1] == report.LabelSuccessors[pair.Second[1]]);
        report.LabelSuccessors.Values.Order().ShouldBe(["bad", "fair", "good"]);
        Counts(report, DriftInjectionKind.LabelMeaning).Sum().ShouldBe(changed.Length);
    }

    [Fact]
    public void ClassPrior_Strength_IsTheShareLeftOutAndRowsStayAsMany()
    {
        var (bytes, report) = Drift(Options(DriftInjectionKind.ClassPrior) with { Strength = 0.6 });
        var rows = Parse(bytes);
        (rows.Length / (double)Rows).ShouldBe(1, 0.03);
        report.RowsWritten.ShouldBe(rows.Length);
        report.ShrinkingLabels.Count.ShouldBe(2);
        foreach (var label in report.ShrinkingLabels)
            (rows.Count(row => row[1] == label) / (double)Still.Count(row => row[1] == label)).ShouldBe(0.4, 0.04);
        rows.Select(row => row[0]).Distinct().ShouldBeSubsetOf(Still.Select(row => row[0]));
    }

    [Fact]
    public void ClassPrior_RareClassThatGrows_IsHeldOnce()
    {
        var batch = Given.Batch(1, [.. Enumerable.Range(0, 2_000).Select(i => new[] { $"text {i}", i == 1_000 ? "rare" : "common" })]);
        var mapping = new SchemaMapping(new MappedColumn(0, "text", ""), new MappedColumn(1, "label", ""), null, null, null, null, []);
        var survey = DriftSurvey.Of([batch], mapping);
        var injection = Enumerable.Range(0, 20).Select(seed => new DriftInjection(Options(DriftInjectionKind.ClassPrior) with { Seed = (ulong)seed }, ["text", "label"], mapping, survey))
            .First(injection => injection.Report(new DriftTally(20)).ShrinkingLabels is ["common"]);
        var (fields, copies, tally) = injection.Apply(batch, 0);
        (fields.Count, Encoding.UTF8.GetString(fields.Field(0, 0))).ShouldBe((1, "text 1000"));
        copies.ShouldHaveSingleItem().ShouldBeInRange(1_999, 2_000 + 1);
        tally.Written.ShouldBe(copies[0]);
    }

    [Fact]
    public void Language_Strength_IsTheShareInTheOtherScript()
    {
        var (bytes, _) = Drift(Options(DriftInjectionKind.Language) with { Strength = 0.2 });
        Parse(bytes).Average(row => row[0].Any(char.IsAsciiLetter) ? 0.0 : 1).ShouldBe(0.2, 0.02);
    }

    [Fact]
    public void Gradual_OverHalfTheRows_GrowsToItsStrength()
    {
        var (_, report) = Drift(Options(DriftInjectionKind.Missing) with { Shape = DriftShape.Gradual, Strength = 0.8, From = 0.25, Until = 0.75 });
        foreach (var (window, at) in report.Windows.Select((window, i) => (window, At: (i + 0.5) / 20)))
        {
            var expected = 0.8 * Math.Clamp((at - 0.25) / 0.5, 0, 1);
            window.Strength.ShouldBe(expected, 0.001);
            (window.Changed[DriftInjectionKind.Missing] / (double)window.RowsRead).ShouldBe(expected, 0.1);
        }
    }

    [Fact]
    public void Seasonal_OfAPeriod_FollowsItsSine()
    {
        var (_, report) = Drift(Options(DriftInjectionKind.Missing) with { Shape = DriftShape.Seasonal, Period = 0.4, From = 0.2, Until = 1 });
        foreach (var (window, at) in report.Windows.Select((window, i) => (window, At: (i + 0.5) / 20)))
            window.Strength.ShouldBe(at < 0.2 ? 0 : (1 - Math.Cos(2 * Math.PI * (at - 0.2) / 0.4)) / 2, 0.02);
    }

    [Fact]
    public void Sudden_WithAnEnd_IsOverThen()
    {
        var (bytes, report) = Drift(Options(DriftInjectionKind.Vocabulary) with { From = 0.4, Until = 0.5 });
        report.Windows.Select(window => window.Strength).ShouldBe(Enumerable.Range(0, 20).Select(i => i is 8 or 9 ? 1.0 : 0));
        Parse(bytes)[(Rows / 2)..].ShouldBe(Still[(Rows / 2)..]);
    }

    [Fact]
    public void Time_Axis_FollowsTheRecordsTimesWhateverTheirOrder()
    {
        var options = Options(DriftInjectionKind.Missing) with { Axis = DriftAxis.Time, From = Seconds(Rows / 2) };
        var shuffled = Still.Append(["no time here", "good", "1", "someday"]).Reverse().ToArray();
        var (bytes, report) = Drift(options, rows: shuffled);
        var rows = Parse(bytes);
        rows.ShouldAllBe(row => row[3] == "someday" || (row[2].Length == 0) == (Time(row) >= options.From));
        report.RowsWithoutTime.ShouldBe(1);
        (report.Windows[0].From, report.Windows[^1].To).ShouldBe((Seconds(0), Seconds(Rows - 1)));
        report.Windows.Sum(window => window.RowsRead).ShouldBe(Rows);
    }

    [Theory]
    [InlineData(RecordFormat.Tsv, "out.tsv")]
    [InlineData(RecordFormat.JsonLines, "out.jsonl")]
    [InlineData(RecordFormat.Parquet, "out.parquet")]
    public void Write_OtherFormats_GiveTheSameSnapshot(RecordFormat format, string name)
    {
        var options = Options(DriftInjectionKind.Missing, DriftInjectionKind.Vocabulary) with { From = 0.5, Strength = 0.5 };
        Func<SourceOptions, SourceOptions> priced = source => source with { Numeric = ["price"] };
        var expected = _folder.Ingest(_folder.Write("out.csv", Drift(options).Bytes), priced);
        _folder.Ingest(_folder.Write(name, Drift(options, format: format).Bytes), priced).Digest.ShouldBe(expected.Digest);
    }

    [Fact]
    public void Write_WhatIsNotThere_SaysWhatToGive()
    {
        var unmapped = new SourceOptions { Path = _folder.Write("bare.csv", "text,label\nsome text,a\nother text,b\n") };
        Refusal(unmapped, Options(DriftInjectionKind.Missing)).ShouldContain("Name some with --numeric");
        Refusal(unmapped, Options(DriftInjectionKind.Length) with { Axis = DriftAxis.Time }).ShouldContain("Name one with --time");
        var one = new SourceOptions { Path = _folder.Write("one.csv", "text,label\nsome text,a\nother text,a\n"), Label = "label" };
        Refusal(one, Options(DriftInjectionKind.LabelMeaning)).ShouldContain("has one label");
        var late = new SourceOptions { Path = _folder.Write("late.csv", Csv(Still)) };
        Refusal(late, Options(DriftInjectionKind.Length) with { Axis = DriftAxis.Time, From = Seconds(Rows * 2) }).ShouldContain("begins after the last record");
    }

    private string Refusal(SourceOptions source, DriftInjectionOptions options) =>
        Should.Throw<DatasetException>(() => DriftedCopy.Write(source, options, RecordFormat.Csv, Stream.Null, _folder.Home, 1)).Message;

    private (byte[] Bytes, DriftInjectionReport Report) Drift(DriftInjectionOptions options, int threads = 2, RecordFormat format = RecordFormat.Csv, string[][]? rows = null)
    {
        var source = new SourceOptions { Path = _folder.Write("in.csv", Csv(rows ?? Still)), Numeric = ["price"] };
        using var output = new MemoryStream();
        var report = DriftedCopy.Write(source, options, format, output, _folder.Home, threads, stop: TestContext.Current.CancellationToken);
        return (output.ToArray(), report);
    }

    private static DriftInjectionOptions Options(params DriftInjectionKind[] kinds) => new() { Kinds = kinds, Strength = 1, Axis = DriftAxis.Position, From = 0, Seed = 7 };

    private static long[] Counts(DriftInjectionReport report, DriftInjectionKind kind) => [.. report.Windows.Select(window => window.Changed[kind])];

    private static string[] Row(int i) =>
    [
        $"Number {Word(i)} said {Word(i * 7)}, \"{Word(i * 31)} is {(i % 5 == 0 ? "nothing" : "something")}\". It came again.\nAnd {Word(i * 101)} went away!",
        (i % 6) switch { 0 => "bad", 1 or 2 => "fair", _ => "good" }, $"{i % 97}.5", $"{Seconds(i)}",
    ];

    private static string Word(int i) => string.Concat(i.ToString(CultureInfo.InvariantCulture).Select(digit => "zewidufoka"[digit - '0']));

    private static double Seconds(int row) => 1_600_000_000 + (row * 600L);

    private static double Time(string[] row) => double.Parse(row[3], CultureInfo.InvariantCulture);

    private static string Csv(IEnumerable<string[]> rows) => string.Concat(rows.Prepend(Header).Select(row => string.Join(',', row.Select(Quote)) + "\n"));

    private static string Quote(string field) => field.AsSpan().ContainsAny(",\"\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    private string[][] Parse(byte[] csv)
    {
        using var reader = Plumbline.Datasets.Sources.SourceReader.Open(new SourceOptions { Path = _folder.Write("parsed.csv", csv) });
        return [.. reader.ReadBatches(_ => true).SelectMany(batch => Enumerable.Range(0, batch.Count)
            .Select(record => Enumerable.Range(0, batch.Columns).Select(column => Encoding.UTF8.GetString(batch.Field(column, record))).ToArray()))];
    }
}
