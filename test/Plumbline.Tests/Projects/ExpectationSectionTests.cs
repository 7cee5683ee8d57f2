using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Projects;

namespace Plumbline.Tests.Projects;

public sealed class ExpectationSectionTests
{
    [Fact]
    public void Read_List_IsTheExpectations()
    {
        var read = Read("""
            - expect_column_values_to_be_between: {column: label, min_value: 1, max_value: 5, mostly: 0.99, severity: warn}
            - expect_table_columns_to_match_set:
                column_set: [text, label]
                exact_match: false
            - expect_column_values_to_be_of_type: {column: at, type: time}
            """);
        read[0].ShouldBe(new Expectation(ExpectationType.ExpectColumnValuesToBeBetween, new() { Column = "label", MinValue = "1", MaxValue = "5", Mostly = 0.99 }, Severity.Warn));
        read[1].Arguments.ColumnSet.ShouldBe(["text", "label"]);
        read[1].Arguments.ExactMatch.ShouldBe(false);
        read[1].Severity.ShouldBe(Severity.Fail);
        read[2].Arguments.Type.ShouldBe(FieldType.Time);
    }

    [Fact]
    public void Write_ThenRead_SameExpectations()
    {
        Expectation[] suite =
        [
            new(ExpectationType.ExpectColumnValuesToMatchRegex, new() { Column = "a \"b\": c", Regex = "^\\d+['\"]{2} # x$", Mostly = 0.5 }, Severity.Warn),
            new(ExpectationType.ExpectColumnValuesToBeBetween, new() { Column = "да", MinValue = "2024-01-01" }),
            new(ExpectationType.ExpectTableProportionOfDuplicatesToBeBetween, new() { MaxValue = "0.25", Near = true }),
        ];
        var yaml = ExpectationSection.Write(suite).Replace("data:\n", "data:\n  path: a.csv\n", StringComparison.Ordinal);
        ProjectReader.Read("/p.yaml", new StringReader(yaml), []).Data!.Expectations.ShouldBe(suite);
    }

    [Theory]
    [InlineData("- expect_column_values_to_not_be_nul: {column: a}", "line 4: unknown key 'data.expectations[0].expect_column_values_to_not_be_nul'; did you mean 'expect_column_values_to_not_be_null'?")]
    [InlineData("- expect_column_to_exist: {column: a, mostly: 1}", "unknown key 'data.expectations[0].expect_column_to_exist.mostly'")]
    [InlineData("- expect_column_to_exist: {}", "data.expectations[0].expect_column_to_exist.column is missing")]
    [InlineData("- expect_column_to_exist:", "data.expectations[0].expect_column_to_exist needs column")]
    [InlineData("- expect_column_values_to_be_between: {column: a, min_value: 5, max_value: 1}", "expect_column_values_to_be_between.min_value is 5, above max_value 1")]
    [InlineData("- expect_column_values_to_be_between: {column: a, min_value: low}", "min_value is 'low', neither a number nor a time")]
    [InlineData("- expect_column_values_to_match_regex: {column: a, regex: \"(\"}", "data.expectations[0].expect_column_values_to_match_regex.regex '(' cannot be used")]
    [InlineData("- expect_column_values_to_match_regex: {column: a, regex: '(?=a)'}", "regex '(?=a)' cannot be used")]
    [InlineData("- expect_column_values_to_be_unique: {column: a, mostly: 99}", "mostly is 99; it must be within 0 to 1")]
    [InlineData("- expect_column_values_to_be_unique: {column: a, severity: error}", "severity is 'error', not one of warn, fail")]
    [InlineData("- {}", "data.expectations[0] has 0 expectations; write one")]
    [InlineData("- {expect_column_to_exist: {column: a}, expect_column_values_to_be_unique: {column: a}}", "data.expectations[0] has 2 expectations; write one")]
    public void Read_EntryThatCannotBe_NamesKeyAndLine(string entry, string message) => Should.Throw<ProjectException>(() => Read(entry)).Message.ShouldContain(message);

    private static IReadOnlyList<Expectation> Read(string entries) =>
        ProjectReader.Read("/p.yaml", new StringReader("data:\n  path: a.csv\n  expectations:\n" + string.Concat(entries.Split('\n').Select(line => $"    {line}\n"))), []).Data!.Expectations;
}
