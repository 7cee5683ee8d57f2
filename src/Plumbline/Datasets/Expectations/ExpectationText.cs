using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Datasets.Expectations;

/// <summary>Expectations and what was found, in words.</summary>
public static class ExpectationText
{
    private const int ShownRows = 5;
    private const int ShownValues = 12;

    private static readonly JsonSerializerOptions Plain = new(JsonSerializerOptions.Default) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its name, and the column or what else it is about.</summary>
    public static string Subject(Expectation expectation)
    {
        var arguments = expectation.Arguments;
        var about = arguments.Column ?? arguments.Label ?? arguments.Script ?? arguments.Language;
        return about is null ? expectation.Name : $"{expectation.Name} of '{FieldCleaning.Quote(about)}'";
    }

    /// <summary>What it asks for beyond its subject, such as <c>min_value: 1, mostly: 0.99</c>.</summary>
    public static string Demand(Expectation expectation) => string.Join(", ", Arguments(expectation)
        .Where(argument => argument.Key is not ("column" or "label" or "script" or "language"))
        .Select(argument => $"{argument.Key}: {(argument.Value is JsonArray list ? Shorten(list) : argument.Value!.ToJsonString(Plain).Trim('"'))}"));

    /// <summary>As an entry of <c>data.expectations</c> in a <c>plumbline.yaml</c>, without the dash.</summary>
    public static string ToYaml(Expectation expectation) =>
        $"{expectation.Name}: {{{Join(Arguments(expectation).Append(KeyValuePair.Create("severity", (JsonNode?)ExpectationGrammar.NameOf(expectation.Severity))))}}}";

    /// <summary>What was seen: counts with the first rows, or the observed value.</summary>
    public static string Finding(ExpectationResult result)
    {
        var seen = result.Result;
        if (result.Skipped is not null)
            return $"not evaluated: {result.Skipped}";
        if (seen.UnexpectedCount is { } count)
        {
            var judged = result.ExpectationConfig.Type == ExpectationType.ExpectColumnValuesToNotBeNull ? seen.ElementCount : seen.ElementCount - seen.MissingCount;
            var counts = string.Create(CultureInfo.InvariantCulture, $"{count:#,0} of {judged:#,0} values ({seen.UnexpectedPercent:0.###} %)");
            return count == 0 ? counts : $"{counts}, the first in {Rows(seen.PartialUnexpectedIndexList!)}";
        }
        var observed = seen.ObservedValue is { } value ? Number(value) : null;
        return string.Join(": ", new[] { observed, seen.Details }.OfType<string>()) is { Length: > 0 } text ? text : "yes";
    }

    public static string Number(double value) =>
        value.ToString(Math.Abs(value) >= 1000 ? "#,0.##" : "0.####", CultureInfo.InvariantCulture);

    private static string Rows(IReadOnlyList<SourceRow> rows)
    {
        var several = rows.Any(row => row.File > 0);
        var shown = rows.Take(ShownRows).Select(row => several
            ? string.Create(CultureInfo.InvariantCulture, $"{row.Row} of file {row.File + 1}")
            : row.Row.ToString(CultureInfo.InvariantCulture));
        return $"row{(rows.Count == 1 ? "" : "s")} {string.Join(", ", shown)}";
    }

    private static string Shorten(JsonArray list) =>
        $"[{string.Join(", ", list.Take(ShownValues).Select(value => FieldCleaning.Quote(value!.GetValue<string>())))}{(list.Count > ShownValues ? ", …" : "")}]";

    private static JsonObject Arguments(Expectation expectation) =>
        JsonSerializer.SerializeToNode(expectation.Arguments, ExpectationJson.Default.ExpectationArguments)!.AsObject();

    /// <summary>Values as JSON, which YAML reads, too.</summary>
    private static string Join(IEnumerable<KeyValuePair<string, JsonNode?>> arguments) =>
        string.Join(", ", arguments.Select(argument => $"{argument.Key}: {argument.Value!.ToJsonString(Plain)}"));
}
