using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Preparation;
using Plumbline.Statistics;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

/// <summary>What an ingest makes of expectations, seen in its folders.</summary>
public sealed class IngestExpectationTests : IDisposable
{
    private static readonly Expectation KnownLabels = new(Type.ExpectColumnValuesToBeInSet, new() { Column = "label", ValueSet = ["good", "bad"], Mostly = 0.9 });

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ingest_FewBrokenRecords_LeavesThemOutWithRuleAndFields()
    {
        var path = _folder.Write("a.csv", Csv(200, ",good,7", "\"a, quoted one\",,8", "fine,horrid,9", "x,horrid,10"));
        var snapshot = Ingest(path, [KnownLabels, new(Type.ExpectColumnValueLengthsToBeBetween, new() { Column = "text", MinValue = "3", Mostly = 0.5 })]);
        snapshot.Manifest.Counts.Total.ShouldBe(200);
        snapshot.Labels.ShouldBe(["bad", "good"]);
        snapshot.Manifest.Validation.ShouldBe(new ValidationSummary(2, 0, 0, 0, 4));
        snapshot.Manifest.Dropped.Single(dropped => dropped.Reason == "an expectation not met").FirstRows.ShouldBe([203, 204]);
        Query(snapshot.Validated!.Quarantine!, "parse_filename(file), row, rule, column_name, value, also, text, label, price").ShouldBe(
            [
                "a.csv|201|no_text|text||||good|7",
                "a.csv|202|no_label|label|||a, quoted one||8",
                "a.csv|203|expect_column_values_to_be_in_set|label|horrid||fine|horrid|9",
                "a.csv|204|expect_column_values_to_be_in_set|label|horrid|expect_column_value_lengths_to_be_between|x|horrid|10",
            ]);
        Snapshot.Open(snapshot.Directory).Digest.ShouldBe(Ingest(_folder.Write("b.csv", Csv(200))).Digest);
    }

    [Fact]
    public void Ingest_Warnings_PublishAllAndTell()
    {
        var path = _folder.Write("a.csv", Csv(200, "fine,horrid,9", "fine too,horrid,1"));
        var snapshot = Ingest(path, [KnownLabels with { Severity = Severity.Warn, Arguments = KnownLabels.Arguments with { Mostly = 1 } }]);
        snapshot.Manifest.Counts.Total.ShouldBe(202);
        snapshot.Manifest.Validation.ShouldBe(new ValidationSummary(1, 1, 0, 0, 0));
        snapshot.Validated!.Quarantine.ShouldBeNull();
        snapshot.Validated.Folder.ShouldBe(snapshot.Directory);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(snapshot.Directory, "validation.json")))!;
        json["success"]!.GetValue<bool>().ShouldBeTrue();
        json["meta"]!["snapshot"]!.GetValue<string>().ShouldBe(snapshot.Digest);
        json["statistics"]!["unsuccessful_expectations"]!.GetValue<int>().ShouldBe(1);
        var result = json["results"]![0]!;
        result["success"]!.GetValue<bool>().ShouldBeFalse();
        result["expectation_config"]!.ToJsonString().ShouldBe(
            """{"type":"expect_column_values_to_be_in_set","kwargs":{"column":"label","value_set":["good","bad"],"mostly":1},"severity":"warn"}""");
        result["result"]!["unexpected_count"]!.GetValue<int>().ShouldBe(2);
        result["result"]!["partial_unexpected_list"]!.ToJsonString().ShouldBe("""["horrid","horrid"]""");
        result["result"]!["partial_unexpected_index_list"]!.ToJsonString().ShouldBe("""[{"file":0,"row":201},{"file":0,"row":202}]""");
    }

    [Fact]
    public void Ingest_FailedExpectation_PublishesNothingAndKeepsTheReport()
    {
        var path = _folder.Write("a.csv", Csv(200));
        var earlier = Ingest(path, [KnownLabels]);
        File.WriteAllText(path, Csv(200, [.. Enumerable.Range(0, 60).Select(i => $"text {i},horrid {i},1")]));
        var error = Should.Throw<DatasetException>(() => Ingest(path, [KnownLabels])).Message;
        error.ShouldContain("a.csv: 1 of 22 expectations failed, so nothing was published. expect_column_values_to_be_in_set of 'label': 60 of 260 values (23.077 %), the first in rows 201, 202, 203, 204, 205. Report: ");
        var report = Directory.GetDirectories(_folder.Home.Validations).Single();
        Directory.GetFiles(report).Select(file => Path.GetFileName(file)!).Order().ShouldBe(["quarantine.parquet", "validation.html", "validation.json"]);
        error.ShouldContain(Path.Combine(report, "validation.html"));
        Query(Path.Combine(report, "quarantine.parquet"), "count(*)").ShouldBe(["60"]);
        JsonNode.Parse(File.ReadAllText(Path.Combine(report, "validation.json")))!["meta"]!["snapshot"].ShouldBeNull();
        Directory.GetFileSystemEntries(_folder.Snapshots).ShouldBe([earlier.Directory]);
        Snapshot.Open(earlier.Directory).Digest.ShouldBe(earlier.Digest);
        LatestSnapshot.Read(_folder.Home, path)!.Snapshot.ShouldBe(earlier.Digest);
    }

    [Fact]
    public void Ingest_EveryRecordBroken_FailsForTheExpectationNotForTheLabels()
    {
        var path = _folder.Write("a.csv", Csv(20));
        Should.Throw<DatasetException>(() => Ingest(path, [KnownLabels with { Arguments = new() { Column = "label", ValueSet = ["other"] } }]))
            .Message.ShouldContain("expect_column_values_to_be_in_set of 'label': 20 of 20 values (100 %)");
    }

    [Fact]
    public void Ingest_MissingColumn_Fails() => Should.Throw<DatasetException>(
        () => Ingest(_folder.Write("a.csv", Csv(20)), [new(Type.ExpectColumnValuesToNotBeNull, new() { Column = "prise" })]))
        .Message.ShouldContain("expect_column_values_to_not_be_null of 'prise': the source has no column 'prise'; its columns: 'text', 'label', 'price'");

    [Fact]
    public void Ingest_SameContentAgain_KeepsTheSecondReportApart()
    {
        var path = _folder.Write("a.csv", Csv(100));
        var first = Ingest(path);
        var second = Ingest(path);
        second.Digest.ShouldBe(first.Digest);
        Path.GetDirectoryName(second.Validated!.Folder).ShouldBe(_folder.Home.Validations);
        File.Exists(second.Validated.Page).ShouldBeTrue();
    }

    [Theory]
    [InlineData("{", "is damaged")]
    [InlineData(null, "is of format 2")]
    public void Ingest_EarlierProfileThatCannotBeUsed_SkipsWhatIsComparedWithIt(string? profile, string problem)
    {
        var path = _folder.Write("a.csv", Csv(100));
        var earlier = Path.Combine(Ingest(path).Directory, "profile.json");
        File.WriteAllText(earlier, profile ?? File.ReadAllText(earlier).Replace("\"formatVersion\":1", "\"formatVersion\":2", StringComparison.Ordinal));
        File.WriteAllText(path, Csv(120));
        var results = Ingest(path, [new(Type.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = "label", Threshold = 0.1 })]).Validated!.Result.Results;
        results[0].Success.ShouldBeTrue();
        results[0].Skipped!.ShouldStartWith($"the profile of the earlier snapshot cannot be used: {earlier} {problem}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Ingest_AnyThreads_SameResult(int threads)
    {
        var path = _folder.Write("a.csv", Csv(9000, [.. Enumerable.Range(0, 300).Select(i => $"text {i % 50},{(i % 7 == 0 ? "horrid" : "good")},{i}")]));
        Expectation[] suite = [KnownLabels, new(Type.ExpectColumnValuesToBeUnique, new() { Column = "text", Mostly = 0.9 })];
        var snapshot = Ingest(path, suite, options => options with { Threads = threads });
        snapshot.Validated!.Result.Results.Select(result => (result.Success, result.Result.UnexpectedCount)).ShouldBe([(true, 43), (true, 250)]);
        Query(snapshot.Validated.Quarantine!, "count(*), min(row), max(row)").ShouldBe(["258|9001|9300"]);
    }

    [Fact]
    public void Ingest_ColumnsCalledLikeTheQuarantines_KeepTheirValues()
    {
        var csv = "text,label,row,Value,\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"text {i},{(i % 2 == 0 ? "a" : "b")},r{i},v{i},u{i}\n")) + ",a,r60,v60,u60\n";
        var snapshot = Ingest(_folder.Write("a.csv", csv));
        Query(snapshot.Validated!.Quarantine!, "row, row_, value, Value_, unnamed5").ShouldBe(["61|r60||v60|u60"]);
    }

    [Fact]
    public void Ingest_DroppedLabels_AreInTheQuarantineToo()
    {
        var snapshot = Ingest(_folder.Write("a.csv", Csv(60, "a text,unsure,1")), change: options => options with { Preparation = new PreparationOptions { Labels = new LabelOptions { Drop = ["unsure"] } } });
        Query(snapshot.Validated!.Quarantine!, "row, rule, value").ShouldBe(["61|dropped_label|unsure"]);
    }

    [Fact]
    public void Validate_Source_PublishesTheReportOnly()
    {
        var path = _folder.Write("a.csv", Csv(100, "a text,horrid,1"));
        var options = new IngestOptions { Source = new SourceOptions { Path = path }, Expectations = [KnownLabels] };
        var validated = Snapshot.Validate(options, _folder.Home, stop: TestContext.Current.CancellationToken);
        validated.Result.Success.ShouldBeTrue();
        validated.Quarantine.ShouldNotBeNull();
        Directory.Exists(_folder.Snapshots).ShouldBeFalse();
        LatestSnapshot.Read(_folder.Home, path).ShouldBeNull();
    }

    [Fact]
    public void Validate_AfterAnIngest_AcceptsItsRecordsAndNamesPlantedDamage()
    {
        var random = new RandomSource(7);
        var path = _folder.Write("a.csv", Reviews(random, 3000, damaged: false));
        var first = Ingest(path);
        first.Validated!.Result.Results.ShouldBeEmpty();
        Validate(path).Result.Unmet.Select(Describe).ShouldBeEmpty();
        File.WriteAllText(path, Reviews(random, 3000, damaged: false));
        Validate(path).Result.Unmet.Select(Describe).ShouldBeEmpty();
        File.WriteAllText(path, Reviews(random, 1400, damaged: true));
        var result = Validate(path).Result;
        result.Success.ShouldBeTrue();
        result.Meta.PreviousSnapshot.ShouldBe(first.Digest);
        string[] planted =
        [
            "column_label_accuracy_to_be_less_than", "column_population_stability_index_to_be_less_than", "column_values_to_be_between", "column_values_to_be_in_set",
            "column_values_to_be_of_type", "column_values_to_be_unique", "column_values_to_not_be_null", "column_values_to_not_have_mojibake",
            "column_values_to_not_have_replacement_characters", "label_proportion_to_be_between", "table_row_count_to_be_between", "text_proportion_of_script_to_be_between",
        ];
        planted.ShouldBeSubsetOf(result.Unmet.Select(unmet => unmet.ExpectationConfig.Name["expect_".Length..]));
        result.Results.Single(one => one.ExpectationConfig.Type == Type.ExpectColumnValuesToNotHaveMojibake).Result.PartialUnexpectedList!.ShouldAllBe(value => value.Contains("Ã©"));

        static string Describe(ExpectationResult result) => $"{ExpectationText.Subject(result.ExpectationConfig)}: {ExpectationText.Finding(result)}";
    }

    [Fact]
    public void Ingest_DeclaredInPlaceOfInferred_IsThatAlone()
    {
        var path = _folder.Write("a.csv", Csv(200));
        Ingest(path);
        var results = Ingest(path, [KnownLabels]).Validated!.Result.Results;
        results[0].ExpectationConfig.Inferred.ShouldBeFalse();
        results.Count(result => result.ExpectationConfig.Type == Type.ExpectColumnValuesToBeInSet && result.ExpectationConfig.Arguments.Column == "label").ShouldBe(1);
    }

    private Validated Validate(string path) =>
        Snapshot.Validate(new IngestOptions { Source = new SourceOptions { Path = path } }, _folder.Home, stop: TestContext.Current.CancellationToken);

    /// <summary>Random reviews; damaged ones are fewer, of one class more than of the others, many in Cyrillic, and of an id that tells the label.</summary>
    private static string Reviews(RandomSource random, int rows, bool damaged)
    {
        string[] words = ["good", "bad", "story", "reader", "never", "always", "page", "author", "plot", "dull", "bright", "ending"];
        var csv = new StringBuilder("text,label,price,sender,id\n");
        for (var i = 0; i < rows; i++)
        {
            var label = damaged && random.NextInt32(2) == 0 ? 1 : random.NextInt32(5) + 1;
            var text = damaged && i % 2 == 0 ? "очень хорошая книга" : string.Join(' ', Enumerable.Range(0, 5 + random.NextInt32(15)).Select(_ => words[random.NextInt32(words.Length)]));
            text += damaged ? (i % 50) switch { 3 => " cafÃ©", 5 => " \uFFFD", _ => "" } : "";
            var price = damaged && i % 40 == 0 ? "free" : damaged && i % 41 == 0 ? "90000" : $"{random.NextInt32(1000) / 10.0:0.0}";
            var sender = damaged ? $"s{label}" : $"s{random.NextInt32(60)}";
            csv.Append(CultureInfo.InvariantCulture, $"{(damaged && i % 30 == 0 ? "" : text)} {i},{(damaged && i % 45 == 0 ? "none" : label)},{price},{(damaged && i % 9 == 0 ? "" : sender)},{(damaged ? i / 2 : 5000 + i)}\n");
        }
        return csv.ToString();
    }

    private static string Csv(int rows, params string[] more) =>
        "text,label,price\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"review number {i},{(i % 2 == 0 ? "good" : "bad")},{i}\n")) + string.Concat(more.Select(line => line + "\n"));

    private Snapshot Ingest(string path, Expectation[]? expectations = null, Func<IngestOptions, IngestOptions>? change = null) => _folder.Ingest(
        path, change: options => (change?.Invoke(options) ?? options) with { Expectations = expectations ?? [] });

    private static List<string> Query(string file, string columns)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {columns} FROM read_parquet('{file}') ORDER BY ALL";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "" : reader.GetValue(column))));
        return rows;
    }
}
