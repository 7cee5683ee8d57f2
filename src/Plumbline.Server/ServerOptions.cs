using System.Net;
using Microsoft.Extensions.Options;
using Plumbline.Features.Online;
using Plumbline.Inference.Caching;
using Plumbline.Inference.Logging;
using Plumbline.Pipelines.Workers;

namespace Plumbline.Server;

/// <summary>
/// What to serve and to whom: the <c>server</c> section of <c>plumbline.yaml</c>. Immutable.
/// <see cref="Validate"/> is called when the server starts.
/// </summary>
public sealed record ServerOptions : ListenerOptions
{
    /// <summary>Directory of the bundle, or file of a graph of ONNX.</summary>
    public required string Bundle { get; init; }

    /// <summary>Registered name of the model, if it has one.</summary>
    public string? ModelName { get; init; }

    /// <summary>Registered version, from 1; null where the bundle is served by its digest.</summary>
    public int? ModelVersion { get; init; }

    /// <summary>What is followed once the bundle is served; null: nothing, it is served alone.</summary>
    public DeploymentOptions? Deployment { get; init; }

    /// <summary>Where the Open Inference Protocol is spoken over gRPC; 0 takes a free port, null speaks none.</summary>
    public int? GrpcPort { get; init; }

    public RequestLimits Limits { get; init; } = new();

    public AdmissionOptions Admission { get; init; } = new();

    /// <summary>Where aggregates of users and items are looked up; only models that have some need it.</summary>
    public FeatureStoreOptions? FeatureStore { get; init; }

    /// <summary>Folder in which the aggregates that predictions were made with are recorded; null records none.</summary>
    public string? ServedFeatures { get; init; }

    /// <summary>Folder in which it is recorded that the model is served from now on, so that predictions lead back to it; null records nothing.</summary>
    public string? ServedModels { get; init; }

    /// <summary>What is kept of answers; null: nothing.</summary>
    public PredictionLogOptions? PredictionLog { get; init; }

    /// <summary>Where feedback goes; null: none is taken.</summary>
    public FeedbackOptions? Feedback { get; init; }

    /// <summary>Where it is told what versions are asked and answer; null: nobody counts that.</summary>
    public DriftOptions? Drift { get; init; }

    /// <summary>What is held against the rules of alerts, and who is told; null: there are no alerts.</summary>
    public AlertMonitorOptions? Alerts { get; init; }

    /// <summary>Batch jobs; null: none are taken.</summary>
    public BatchJobOptions? BatchJobs { get; init; }

    /// <summary>Pipelines that may be asked for and looked at; null: none.</summary>
    public PipelineCatalogue? Pipelines { get; init; }

    /// <summary>How the model is retrained; null: nobody looks after it here.</summary>
    public RetrainingOptions? Retraining { get; init; }

    /// <summary>Feature flags that requests go by; null: none are defined.</summary>
    public FlagOptions? Flags { get; init; }

    /// <summary>Which answers are kept to be given again.</summary>
    public PredictionCacheOptions Cache { get; init; } = new();

    /// <summary>From the first byte of a body to its answer; longer is answered with 504.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="OptionsValidationException">Names every key that is wrong, and why.</exception>
    public void Validate()
    {
        var faults = Faults().ToArray();
        if (faults.Length > 0)
            throw new OptionsValidationException("server", typeof(ServerOptions), faults);
    }

    private IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Bundle))
            yield return "server.bundle: name the directory of a bundle.";
        if (ModelVersion is < 1)
            yield return $"server.model_version: {ModelVersion} is not a version; versions count from 1.";
        foreach (var fault in ListenerFaults())
            yield return fault;
        if (GrpcPort is < 0 or > IPEndPoint.MaxPort)
            yield return $"server.grpc_port: {GrpcPort} is not between 0 and {IPEndPoint.MaxPort}.";
        else if (GrpcPort > 0 && GrpcPort == Port)
            yield return $"server.grpc_port: {GrpcPort} is server.port, too; gRPC needs a port of its own.";
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1))
            yield return $"server.timeout_seconds: {Timeout.TotalSeconds} is not above 0 and at most 3600.";
        foreach (var fault in Limits.Faults().Concat(Admission.Faults()))
            yield return fault;
        foreach (var fault in BatchJobs?.Faults() ?? [])
            yield return fault;
        foreach (var (key, value) in new[] { ("poll_seconds", Deployment?.Poll), ("measure_seconds", Deployment?.Measure) })
        {
            if (value is { } time && (time <= TimeSpan.Zero || time > TimeSpan.FromHours(1)))
                yield return $"server.{key}: {time.TotalSeconds} is not above 0 and at most 3600.";
        }
        if (Drift is { } drift && (drift.Period <= TimeSpan.Zero || drift.Period > TimeSpan.FromHours(1)))
            yield return $"server.drift.period_seconds: {drift.Period.TotalSeconds} is not above 0 and at most 3600.";
        if (Alerts is { } alerts && (alerts.Period <= TimeSpan.Zero || alerts.Period > TimeSpan.FromHours(1)))
            yield return $"server.alerts: a period of {alerts.Period.TotalSeconds} seconds is not above 0 and at most 3600.";
        if (StoreFault() is { } storeFault)
            yield return storeFault;
    }

    private string? StoreFault()
    {
        try
        {
            FeatureStore?.Validate();
            PredictionLog?.Validate();
            Cache.Validate();
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
