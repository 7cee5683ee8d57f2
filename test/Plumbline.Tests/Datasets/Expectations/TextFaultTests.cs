using System.Text;
using DuckDB.NET.Data;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Statistics;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

/// <summary>Which records go to quarantine where an expectation of repeated texts fails.</summary>
public sealed class TextFaultTests : IDisposable
{
    private const string Duplicates = "expect_table_proportion_of_duplicates_to_be_between";
    private const string Conflicts = "expect_table_proportion_of_label_conflicts_to_be_between";
    private const int Plain = 60;

    private static readonly Expectation FewRepeated = new(Type.ExpectTableProportionOfDuplicatesToBeBetween, new() { MaxValue = "0.01" });
    private static readonly Expectation FewNear = new(Type.ExpectTableProportionOfDuplicatesToBeBetween, new() { MaxValue = "0.01", Near = true });
    private static readonly Expectation FewConflicts = new(Type.ExpectTableProportionOfLabelConflictsToBeBetween, new() { MaxValue = "0.01" });
    private static readonly Expectation NoLeaks = new(Type.ExpectTableProportionOfSplitLeakageToBeBetween, new() { MaxValue = "0" });

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Ingest_RepeatedTexts_AreInTheQuarantineWithRowRuleAndFields(int threads)
    {
        var path = Write();
        var error = Should.Throw<DatasetException>(() => _folder.Ingest(
            path, source => source with { Numeric = ["price"] }, options => options with { Expectations = [FewRepeated, FewConflicts], Threads = threads })).Message;
        error.ShouldContain("2 of 2 expectations failed");
        error.ShouldContain("quarantine.parquet");
        Query(Directory.GetDirectories(_folder.Home.Validations).Single(), "parse_filename(file), row, rule, column_name, also, label, \"user\", price, length(value), other").ShouldBe(
            [
                $"a.csv|10|{Conflicts}|text||bad|u9|9.5|200|",
                $"a.csv|61|{Duplicates}|text||bad|u60|60.5|200|",
                $"a.csv|62|{Duplicates}|text||good||61.5|200|",
                $"a.csv|64|{Duplicates}|text|{Conflicts}|good|u63||200|",
            ]);
        Query(Directory.GetDirectories(_folder.Home.Validations).Single(), "count(*) FILTER (starts_with(text, value) AND length(text) > 300)").ShouldBe(["4"]);
    }

    [Fact]
    public void Validate_NearDuplicates_AreInTheQuarantineBesideOtherBrokenRecords()
    {
        var options = new IngestOptions
        {
            Source = new SourceOptions { Path = Write() },
            Expectations = [FewNear, new(Type.ExpectColumnValuesToBeBetween, new() { Column = "price", MaxValue = "58", Mostly = 0.5 })],
        };
        var validated = Snapshot.Validate(options, _folder.Home, stop: TestContext.Current.CancellationToken);
        validated.Result.Success.ShouldBeFalse();
        // The 60th and those with a price behind it are left out for that, so that they repeat nothing.
        Query(validated.Folder, "row, rule").ShouldBe(
            ["59|expect_column_values_to_be_between", "60|expect_column_values_to_be_between", "61|expect_column_values_to_be_between", "62|expect_column_values_to_be_between", $"63|{Duplicates}", $"64|{Duplicates}"]);
        validated.Result.Meta.LeftOut.ShouldBe(6);
    }

    [Fact]
    public void Ingest_TextsOfTrainInTest_AreInTheQuarantine()
    {
        var csv = new StringBuilder("text,label,split\n");
        for (var i = 0; i < Plain; i++)
            csv.Append($"a text with the number {i} in words of its own,{(i % 2 == 0 ? "good" : "bad")},{(i % 6) switch { 0 => "valid", 1 => "test", _ => "train" }}\n");
        csv.Append("\"A text, with the number 2 in words of its own!\",good,test\n");
        csv.Append("a text with the number 2 in words of its own,good,train\n");
        var path = _folder.Write("a.csv", csv.ToString());
        Should.Throw<DatasetException>(() => _folder.Ingest(path, change: options => options with { Expectations = [NoLeaks] }));
        Query(Directory.GetDirectories(_folder.Home.Validations).Single(), "row, rule, split").ShouldBe(["61|expect_table_proportion_of_split_leakage_to_be_between|test"]);
    }

    [Fact]
    public void Ingest_ExpectationMetOrOnlyWarned_LeavesNothingOut()
    {
        var path = Write();
        Expectation[] suite = [FewRepeated with { Arguments = new() { MaxValue = "0.5" } }, FewNear with { Severity = Severity.Warn }];
        var snapshot = _folder.Ingest(path, change: options => options with { Expectations = suite });
        snapshot.Validated!.Quarantine.ShouldBeNull();
        snapshot.Manifest.Counts.Total.ShouldBe(Plain + 4);
    }

    [Fact]
    public void Ingest_TooFewRepeated_LeavesNothingOut()
    {
        var path = Write();
        Should.Throw<DatasetException>(() => _folder.Ingest(path, change: options => options with { Expectations = [FewRepeated with { Arguments = new() { MinValue = "0.9" } }] }));
        Directory.GetFiles(Directory.GetDirectories(_folder.Home.Validations).Single(), "*.parquet").ShouldBeEmpty();
    }

    /// <summary>Different texts, then one that stands before, one that does but for case and punctuation, one nearly, and one with another label.</summary>
    private string Write()
    {
        var random = new RandomSource(3);
        var texts = Enumerable.Range(0, Plain).Select(_ => string.Join(' ', Enumerable.Range(0, 60).Select(_ => $"w{random.NextInt32(100_000)}"))).ToList();
        texts.Add(texts[3]);
        texts.Add($"{texts[4].ToUpperInvariant()}!");
        texts.Add($"{texts[5]} indeed");
        texts.Add(texts[9]);
        var csv = new StringBuilder("text,label,user,price,other\n");
        for (var i = 0; i < texts.Count; i++)
            csv.Append($"{texts[i]},{(i is 60 || (i < Plain && i % 2 == 1) ? "bad" : "good")},{(i == 61 ? "" : $"u{i}")},{(i >= 62 ? "" : $"{i}.5")},o{i}\n");
        return _folder.Write("a.csv", csv.ToString());
    }

    private static List<string> Query(string folder, string columns)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {columns} FROM read_parquet('{Path.Combine(folder, "quarantine.parquet")}') ORDER BY ALL";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "" : reader.GetValue(column))));
        return rows;
    }
}
