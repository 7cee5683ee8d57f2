using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Registry.Gates;

namespace Plumbline.Cli.Output;

/// <summary>What gates said.</summary>
internal static class GateTable
{
    private static readonly string[] Columns = ["Gate", "What", "Value>", "Limit>", "Result"];

    public static void Write(Terminal terminal, GateEvaluation evaluation)
    {
        if (evaluation.Results.Count == 0)
            terminal.Error.WriteLine("No gates are declared: the section gates of a plumbline.yaml does that.");
        else
            Tables.Write(terminal, Columns, evaluation.Results.Select(result => new[] { result.Gate, result.Subject, Text(result.Value), Text(result.Limit), result.Passed ? "passed" : "failed" }));
    }

    /// <summary>Each failed gate with value and limit.</summary>
    public static string Failures(GateEvaluation evaluation)
    {
        var failed = evaluation.Results.Where(result => !result.Passed).ToArray();
        return $"{failed.Length} of {evaluation.Results.Count} gates failed: {string.Join("; ", failed.Select(result => $"{result.Gate}: {result.Explanation}"))}.";
    }

    public static JsonObject ToJson(GateEvaluation evaluation) => new()
    {
        ["name"] = evaluation.Name,
        ["version"] = evaluation.Version,
        ["alias"] = evaluation.Alias,
        ["against"] = evaluation.Against,
        ["passed"] = evaluation.Passed,
        ["gates"] = new JsonArray([.. evaluation.Results.Select(result => new JsonObject
        {
            ["gate"] = result.Gate, ["subject"] = result.Subject, ["passed"] = result.Passed, ["value"] = result.Value, ["limit"] = result.Limit, ["explanation"] = result.Explanation,
        })]),
        ["id"] = evaluation.Outcome is null ? null : evaluation.Id,
        ["outcome"] = evaluation.Outcome is { } outcome ? JsonOutput.NameOf(outcome) : null,
        ["time"] = evaluation.Outcome is null ? null : evaluation.Time,
        ["actor"] = evaluation.Outcome is null ? null : evaluation.Actor,
        ["reason"] = evaluation.Outcome is null ? null : evaluation.Reason,
    };

    private static string Text(double? value) => value is { } number ? number.ToString("0.####", CultureInfo.InvariantCulture) : "";
}
