namespace Plumbline.Cli.Tests.Commands;

public sealed class ValidateTests : IDisposable
{
    private const string Strict = "expectations:\n  - expect_column_values_to_be_in_set: {column: label, value_set: [good, bad]}\n  - expect_table_row_count_to_be_between: {min_value: 500, severity: warn}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Validate_BrokenData_ExitsWithDataAndWritesThePage()
    {
        var data = _folder.Write("reviews.csv", Csv(100) + "a review,horrid\n");
        var strict = _folder.Write("strict.yaml", Strict);
        var answer = await Cli.RunAsync("validate", data, "--home", _folder.Home, "--expectations", strict, "--report", _folder.File("page.html"), "--json");
        answer.Code.ShouldBe(3, answer.Error);
        answer.Json.GetProperty("success").GetBoolean().ShouldBeFalse();
        answer.Json.GetProperty("statistics").GetProperty("warned_expectations").GetInt32().ShouldBe(1);
        answer.Error.ShouldContain("expect_column_values_to_be_in_set of 'label'");
        answer.Error.ShouldContain("the first in row 101");
        File.ReadAllText(_folder.File("page.html")).ShouldBe(File.ReadAllText(answer.Json.GetProperty("report").GetString()!));
        File.Exists(answer.Json.GetProperty("quarantine").GetString()).ShouldBeTrue();
        Directory.Exists(Path.Combine(_folder.Home, "datasets")).ShouldBeFalse();
    }

    [Fact]
    public async Task Validate_GoodData_Succeeds()
    {
        var answer = (await Cli.RunAsync("validate", _folder.Write("reviews.csv", Csv(600)), "--home", _folder.Home, "--expectations", _folder.Write("strict.yaml", Strict))).ShouldSucceed();
        answer.Error.ShouldContain("Expected  2: 2 met, 0 failed, 0 warned");
        answer.Out.ShouldBeEmpty();
        (await Cli.RunAsync("validate", _folder.Write("others.csv", Csv(600)), "--home", _folder.Home)).ShouldSucceed().Error.ShouldContain("others.csv yet: name its data set with --data-set");
    }

    [Fact]
    public async Task Validate_Project_UsesItsExpectationsAndShowsThem()
    {
        _folder.Write("reviews.csv", Csv(100));
        var project = _folder.Write("plumbline.yaml", "project: reviews\ndata:\n  path: reviews.csv\n  expectations:\n    - expect_column_values_to_be_unique: {column: text, mostly: 0.5}\n");
        var shown = (await Cli.RunAsync("validate", project, "--home", _folder.Home, "--show", "--json")).ShouldSucceed().Json;
        shown.GetProperty("name").GetString().ShouldBe("reviews");
        shown.GetProperty("expectations")[0].GetProperty("type").GetString().ShouldBe("expect_column_values_to_be_unique");
        var pinned = (await Cli.RunAsync("validate", project, "--home", _folder.Home, "--pin")).ShouldSucceed();
        pinned.Out.ShouldBe("data:\n  expectations:\n    - expect_column_values_to_be_unique: {column: \"text\", mostly: 0.5, severity: \"fail\"}\n");
        (await Cli.RunAsync("validate", project, "--home", _folder.Home)).ShouldSucceed().Error.ShouldContain("1 met");
    }

    [Fact]
    public async Task Validate_UnknownExpectation_IsUsageAndSuggests() =>
        (await Cli.RunAsync("validate", "a.csv", "--json", "--expectations", _folder.Write("strict.yaml", "expectations:\n  - expect_column_values_to_be_uniqe: {column: a}\n")))
            .ShouldFail(2, "usage", "did you mean 'expect_column_values_to_be_unique'?");

    private static string Csv(int rows) => "text,label\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"review number {i},{(i % 2 == 0 ? "good" : "bad")}\n"));
}
