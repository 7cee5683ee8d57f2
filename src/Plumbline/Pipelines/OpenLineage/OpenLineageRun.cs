using System.Globalization;
using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>One run of a job, whose start was told; it ends once. Not thread-safe.</summary>
public sealed class OpenLineageRun
{
    private readonly OpenLineageEmitter _emitter;
    private readonly string _type;
    private readonly OpenLineageRun? _parent;
    private readonly IReadOnlyList<OpenLineageDataset> _inputs;

    /// <param name="type">Such as <c>INGEST</c>.</param>
    internal OpenLineageRun(OpenLineageEmitter emitter, string job, string type, Guid id, OpenLineageRun? parent, IReadOnlyList<OpenLineageDataset> inputs)
    {
        (_emitter, Job, _type, Id, _parent, _inputs) = (emitter, job, type, id, parent, inputs);
        Emit("START", inputs, [], null);
    }

    public string Job { get; }

    public Guid Id { get; }

    /// <param name="inputs">What is known of them now; null: as at the start.</param>
    public void Complete(IReadOnlyList<OpenLineageDataset>? inputs, IReadOnlyList<OpenLineageDataset> outputs) => Emit("COMPLETE", inputs ?? _inputs, outputs, null);

    /// <summary>ABORT where it was stopped, else FAIL, without what the message quotes.</summary>
    public void Fail(Exception exception) =>
        Emit(exception is OperationCanceledException ? "ABORT" : "FAIL", OpenLineageDatasets.OfRefusal(exception) ?? _inputs, [], exception);

    private void Emit(string type, IReadOnlyList<OpenLineageDataset> inputs, IReadOnlyList<OpenLineageDataset> outputs, Exception? exception)
    {
        var ns = _emitter.Options.Namespace;
        var facets = new JsonObject();
        if (_parent is not null)
            Add(facets, OpenLineageFacets.Parent(_parent.Id, ns, _parent.Job));
        if (exception is not null)
            Add(facets, OpenLineageFacets.Error(exception));
        var jobFacets = new JsonObject();
        Add(jobFacets, OpenLineageFacets.JobType(_type));
        _emitter.Emit(new JsonObject
        {
            ["eventType"] = type,
            ["eventTime"] = _emitter.Now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
            ["producer"] = OpenLineageFacets.Producer,
            ["schemaURL"] = OpenLineageFacets.Specification,
            ["run"] = new JsonObject { ["runId"] = Id.ToString("D"), ["facets"] = facets },
            ["job"] = new JsonObject { ["namespace"] = ns, ["name"] = Job, ["facets"] = jobFacets },
            ["inputs"] = new JsonArray([.. inputs.Select(input => input.ToJson("inputFacets"))]),
            ["outputs"] = new JsonArray([.. outputs.Select(output => output.ToJson("outputFacets"))]),
        });
    }

    private static void Add(JsonObject facets, KeyValuePair<string, JsonObject> facet) => facets.Add(facet.Key, facet.Value);
}
