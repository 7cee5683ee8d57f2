using System.Globalization;
using System.Text.Json;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary>Things as MLflow's JSON has them; lists that are empty are left out.</summary>
internal static class MlflowJson
{
    public static string Id(long experiment) => experiment.ToString(CultureInfo.InvariantCulture);

    public static void WriteExperiment(Utf8JsonWriter json, Experiment experiment)
    {
        json.WriteString("experiment_id", Id(experiment.Id));
        json.WriteString("name", experiment.Name);
        json.WriteString("artifact_location", MlflowArtifacts.LocationOf(experiment));
        json.WriteString("lifecycle_stage", NameOf(experiment.Stage));
        json.WriteNumber("creation_time", experiment.CreationTime);
        json.WriteNumber("last_update_time", experiment.LastUpdateTime);
        WritePairs(json, "tags", experiment.Tags);
    }

    public static void WriteRun(Utf8JsonWriter json, Run run)
    {
        json.WriteStartObject("info");
        WriteRunInfo(json, run);
        json.WriteEndObject();
        json.WriteStartObject("data");
        WriteMetrics(json, run.Id, run.Metrics.Values);
        WritePairs(json, "params", run.Params);
        WritePairs(json, "tags", run.Tags);
        json.WriteEndObject();
        json.WriteStartObject("inputs");
        WriteDatasets(json, run.Datasets);
        WriteList(json, "model_inputs", run.ModelInputs, (writer, model) => writer.WriteString("model_id", model));
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        WriteList(json, "model_outputs", run.ModelOutputs, (writer, output) =>
        {
            writer.WriteString("model_id", output.ModelId);
            writer.WriteNumber("step", output.Step);
        });
        json.WriteEndObject();
    }

    public static void WriteRunInfo(Utf8JsonWriter json, Run run)
    {
        json.WriteString("run_id", run.Id);
        json.WriteString("run_uuid", run.Id);
        json.WriteString("experiment_id", Id(run.ExperimentId));
        json.WriteString("run_name", run.Name);
        json.WriteString("user_id", run.UserId);
        json.WriteString("status", NameOf(run.Status));
        json.WriteNumber("start_time", run.StartTime);
        if (run.EndTime is { } end)
            json.WriteNumber("end_time", end);
        json.WriteString("artifact_uri", MlflowArtifacts.UriOf(run));
        json.WriteString("lifecycle_stage", NameOf(run.Stage));
    }

    public static void WriteMetrics(Utf8JsonWriter json, string runId, IEnumerable<Metric> metrics) => WriteList(json, "metrics", metrics, (writer, metric) =>
    {
        WriteMetric(writer, metric);
        writer.WriteString("run_id", runId);
    });

    public static void WriteLoggedModel(Utf8JsonWriter json, LoggedModel model)
    {
        json.WriteStartObject("info");
        json.WriteString("model_id", model.Id);
        json.WriteString("experiment_id", Id(model.ExperimentId));
        json.WriteString("name", model.Name);
        json.WriteNumber("creation_timestamp_ms", model.CreationTime);
        json.WriteNumber("last_updated_timestamp_ms", model.LastUpdateTime);
        json.WriteString("artifact_uri", MlflowArtifacts.UriOf(model));
        json.WriteString("status", NameOf(model.Status));
        json.WriteString("model_type", model.Type);
        if (model.SourceRunId is { } run)
            json.WriteString("source_run_id", run);
        WritePairs(json, "tags", model.Tags);
        json.WriteEndObject();
        json.WriteStartObject("data");
        WritePairs(json, "params", model.Params);
        WriteList(json, "metrics", model.Metrics, (writer, metric) =>
        {
            WriteMetric(writer, metric.Point);
            writer.WriteString("run_id", metric.RunId);
            writer.WriteString("model_id", model.Id);
            if (metric.Point.DatasetName is { } name)
                writer.WriteString("dataset_name", name);
            if (metric.Point.DatasetDigest is { } digest)
                writer.WriteString("dataset_digest", digest);
        });
        json.WriteEndObject();
    }

    public static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        var began = false;
        foreach (var item in items)
        {
            if (!began)
                json.WriteStartArray(name);
            began = true;
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        if (began)
            json.WriteEndArray();
    }

    public static void WritePageToken(Utf8JsonWriter json, string? token)
    {
        if (token is not null)
            json.WriteString("next_page_token", token);
    }

    public static void WritePairs(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> pairs) => WriteList(json, name, pairs, (writer, pair) =>
    {
        writer.WriteString("key", pair.Key);
        writer.WriteString("value", pair.Value);
    });

    public static string NameOf(RunStatus status) => status.ToString().ToUpperInvariant();

    private static string NameOf(LifecycleStage stage) => stage.ToString().ToLowerInvariant();

    private static string NameOf(LoggedModelStatus status) => "LOGGED_MODEL_" + JsonNamingPolicy.SnakeCaseUpper.ConvertName(status.ToString());

    private static void WriteMetric(Utf8JsonWriter json, Metric metric)
    {
        json.WriteString("key", metric.Key);
        if (double.IsFinite(metric.Value))
            json.WriteNumber("value", metric.Value);
        else
            json.WriteString("value", double.IsNaN(metric.Value) ? "NaN" : metric.Value > 0 ? "Infinity" : "-Infinity");
        json.WriteNumber("timestamp", metric.Timestamp);
        json.WriteNumber("step", metric.Step);
    }

    private static void WriteDatasets(Utf8JsonWriter json, IReadOnlyList<RunDataset> datasets) => WriteList(json, "dataset_inputs", datasets, (writer, dataset) =>
    {
        WritePairs(writer, "tags", dataset.Tags);
        writer.WriteStartObject("dataset");
        writer.WriteString("name", dataset.Name);
        writer.WriteString("digest", dataset.Digest);
        writer.WriteString("source_type", dataset.SourceType);
        writer.WriteString("source", dataset.Source);
        if (dataset.Schema.Length > 0)
            writer.WriteString("schema", dataset.Schema);
        if (dataset.Profile.Length > 0)
            writer.WriteString("profile", dataset.Profile);
        writer.WriteEndObject();
    });
}
