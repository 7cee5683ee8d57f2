using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Datasets.Expectations;

namespace Plumbline.Cli.Output;

/// <summary>How validations are shown.</summary>
internal static class ValidationReports
{
    private const int Shown = 20;

    /// <summary>What is not met, then a line of counts and where the rest is.</summary>
    /// <param name="copy">Where the page was written, too.</param>
    public static void Write(Terminal terminal, Validated validated, string? copy = null)
    {
        var statistics = validated.Result.Statistics;
        if (statistics.EvaluatedExpectations == 0)
            return;
        var unmet = validated.Result.Unmet.ToArray();
        if (unmet.Length > 0)
            Tables.Write(
                terminal, ["", "Expectation", "Asks for", "Seen"],
                unmet.Take(Shown).Select(result => new[]
                {
                    result.ExpectationConfig.Severity == Severity.Fail ? "failed" : "warned", ExpectationText.Subject(result.ExpectationConfig),
                    ExpectationText.Demand(result.ExpectationConfig), ExpectationText.Finding(result),
                }));
        if (unmet.Length > Shown)
            terminal.Error.WriteLine($"… and {unmet.Length - Shown} more; the report has them all.");
        terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Expected  {statistics.EvaluatedExpectations}: {statistics.SuccessfulExpectations - statistics.SkippedExpectations} met, {statistics.FailedExpectations} failed, {statistics.WarnedExpectations} warned, {statistics.SkippedExpectations} not evaluated; {validated.Result.Meta.LeftOut:n0} records left out"));
        terminal.Error.WriteLine($"Report    {copy ?? validated.Page}");
        if (validated.Quarantine is { } quarantine)
            terminal.Error.WriteLine($"Left out  {quarantine}");
    }

    public static JsonObject ToJson(Validated validated)
    {
        var json = JsonNode.Parse(validated.Result.ToJson())!.AsObject();
        json["report"] = validated.Page;
        json["quarantine"] = validated.Quarantine;
        return json;
    }
}
