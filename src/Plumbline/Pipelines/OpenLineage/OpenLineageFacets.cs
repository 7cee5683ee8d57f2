using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>Facets by name, each with the version of OpenLineage's schema that it follows. None holds a value of a record.</summary>
internal static class OpenLineageFacets
{
    public const string Specification = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

    // Every tenth of the 201 quantiles of a profile is 5 %.
    private const int QuantileStep = 10;

    public static string Producer { get; } = $"urn:plumbline:{CodeVersion.Current}";

    public static KeyValuePair<string, JsonObject> Version(string version) => Facet("version", "1-0-0/DatasetVersionDatasetFacet", new() { ["datasetVersion"] = version });

    public static KeyValuePair<string, JsonObject> DataSource(string name, string uri) => Facet("dataSource", "1-0-1/DatasourceDatasetFacet", new() { ["name"] = name, ["uri"] = uri });

    public static KeyValuePair<string, JsonObject> Schema(IEnumerable<(string Name, string Type)> fields) => Facet(
        "schema", "1-0-0/SchemaDatasetFacet",
        new() { ["fields"] = new JsonArray([.. fields.Select(field => new JsonObject { ["name"] = field.Name, ["type"] = field.Type })]) });

    public static KeyValuePair<string, JsonObject> Written(long rows, long bytes) =>
        Facet("outputStatistics", "1-0-1/OutputStatisticsOutputDatasetFacet", new() { ["rowCount"] = rows, ["size"] = bytes });

    public static KeyValuePair<string, JsonObject> Metrics(DataProfile profile, long bytes, int files) => Facet(
        "dataQualityMetrics", "1-0-2/DataQualityMetricsInputDatasetFacet",
        new()
        {
            ["rowCount"] = profile.Rows,
            ["bytes"] = bytes,
            ["fileCount"] = files,
            ["columnMetrics"] = new JsonObject(profile.Columns.Select(column => KeyValuePair.Create(column.Name, (JsonNode?)MetricsOf(column, profile.Rows)))),
        });

    public static KeyValuePair<string, JsonObject> Assertions(ValidationResult result) => Facet(
        "dataQualityAssertions", "1-0-1/DataQualityAssertionsDatasetFacet",
        new() { ["assertions"] = new JsonArray([.. result.Results.Select(AssertionOf)]) });

    public static KeyValuePair<string, JsonObject> Parent(Guid run, string ns, string job) => Facet(
        "parent", "1-0-1/ParentRunFacet",
        new() { ["run"] = new JsonObject { ["runId"] = run.ToString("D") }, ["job"] = new JsonObject { ["namespace"] = ns, ["name"] = job } });

    public static KeyValuePair<string, JsonObject> Error(Exception exception) => Facet(
        "errorMessage", "1-0-0/ErrorMessageRunFacet", new() { ["message"] = Explain(exception), ["programmingLanguage"] = "C#" });

    public static KeyValuePair<string, JsonObject> JobType(string type) => Facet(
        "jobType", "2-0-3/JobTypeJobFacet", new() { ["processingType"] = "BATCH", ["integration"] = "PLUMBLINE", ["jobType"] = type });

    /// <summary>Messages may quote records and addresses, which leave this machine for no one: only the kind of the error is told.</summary>
    private static string Explain(Exception exception) => exception switch
    {
        DatasetException { Validated: { } validated } => string.Create(
            CultureInfo.InvariantCulture, $"Of {validated.Result.Statistics.EvaluatedExpectations} expectations {validated.Result.Statistics.FailedExpectations} of severity fail are not met."),
        DatasetException => "The data cannot be used; the command says why.",
        OperationCanceledException => "It was stopped.",
        _ => $"{exception.GetType().Name}; the command says why.",
    };

    private static JsonObject MetricsOf(ColumnProfile column, long rows)
    {
        var metrics = new JsonObject { ["nullCount"] = column.Missing, ["distinctCount"] = column.Distinct, ["count"] = rows - column.Missing };
        if (column.Numbers is not { Count: > 0 } numbers)
            return metrics;
        metrics["sum"] = numbers.Mean * numbers.Count;
        metrics["min"] = numbers.Min;
        metrics["max"] = numbers.Max;
        var quantiles = new JsonObject();
        for (var i = 0; i < numbers.Quantiles.Count; i += QuantileStep)
            quantiles[(i / (numbers.Quantiles.Count - 1.0)).ToString("0.##", CultureInfo.InvariantCulture)] = numbers.Quantiles[i];
        metrics["quantiles"] = quantiles;
        return metrics;
    }

    private static JsonObject AssertionOf(ExpectationResult result)
    {
        var assertion = new JsonObject { ["assertion"] = result.ExpectationConfig.Name, ["success"] = result.Success };
        if (result.ExpectationConfig.Arguments.Column is { } column)
            assertion["column"] = column;
        return assertion;
    }

    private static KeyValuePair<string, JsonObject> Facet(string name, string schema, JsonObject content)
    {
        content["_producer"] = Producer;
        content["_schemaURL"] = $"https://openlineage.io/spec/facets/{schema}.json#/$defs/{schema[(schema.IndexOf('/', StringComparison.Ordinal) + 1)..]}";
        return KeyValuePair.Create(name, content);
    }
}
