using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using Plumbline.Monitoring.Alerts;
using Plumbline.Server.Admission;
using Plumbline.Server.Alerts;
using Plumbline.Server.BatchJobs;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Traffic;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>All metrics of one server, in a registry of its own. Children are looked up once, not for each request.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>Of all instruments that have what /metrics has.</summary>
    public const string MeterName = "Plumbline.Server";

    private static readonly double[] ConfidenceBuckets = [.1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .99, 1];

    private static readonly GaugeConfiguration OnlyWhereSet = new() { SuppressInitialValue = true };

    private readonly ServerHistogram _durations;
    private readonly Counter _predictions;
    private readonly ServerHistogram _confidence;
    private readonly Counter _warnings;
    private readonly Counter _errors;
    private readonly Gauge _model;
    private readonly Gauge _driftProne;
    private readonly Gauge _storeUp;
    private readonly Gauge _unrecorded;
    private readonly ConcurrentDictionary<ServedModel, bool> _models = [];
    private readonly Meter _meter;

    /// <param name="isExported">Whether somebody listens to the instruments.</param>
    public ServerMetrics(HostState state, bool isExported = false)
    {
        // Of several servers in one process those are listened to that are exported.
        _meter = new Meter(isExported ? MeterName : $"{MeterName}.Unexported", ProductVersion);
        var create = Metrics.WithCustomRegistry(Registry);
        create.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _durations = new ServerHistogram(create, _meter, "plumbline_http_request_duration_seconds", "From a request's headers to its answer.", ["route", "method", "status"], [.. ServiceCounts.DurationBuckets]);
        _predictions = create.CreateCounter("plumbline_predictions_total", "Texts that were answered.", ["label", "version"]);
        _confidence = new ServerHistogram(create, _meter, "plumbline_prediction_confidence", "Probability of the answered label.", ["version"], ConfidenceBuckets);
        _warnings = create.CreateCounter("plumbline_contract_warnings_total", "Values that the client was warned of.", ["kind", "feature"]);
        _errors = create.CreateCounter("plumbline_errors_total", "Requests that ended in a problem, by its type.", ["kind"]);
        _model = create.CreateGauge("plumbline_model_info", "The model that is served.", ["name", "version", "digest"]);
        _driftProne = create.CreateGauge("plumbline_feature_drift_prone", "1 while the last values of a feature are missing, out of range or unknown more often than in training.", ["feature", "version"]);
        _storeUp = create.CreateGauge("plumbline_feature_store_up", "0 while predictions do without the feature store.", OnlyWhereSet);
        _unrecorded = create.CreateGauge("plumbline_served_features_dropped", "Served features that were not recorded.", OnlyWhereSet);
        create.CreateGauge("plumbline_build_info", "The program.", ["version", "runtime"])
            .WithLabels(ProductVersion, RuntimeInformation.FrameworkDescription).Set(1);
        Shadows = new ShadowMetrics(create);
        BatchJobs = new BatchJobMetrics(create);
        Admission = new AdmissionMetrics(create, _meter);
        var ready = create.CreateGauge("plumbline_ready", "1 when the server should get traffic.");
        var inFlight = create.CreateGauge("plumbline_http_requests_in_flight", "Requests that are being answered.");
        var process = new ProcessMetrics(create);
        Registry.AddBeforeCollectCallback(() =>
        {
            ready.Set(state.IsReady ? 1 : 0);
            inFlight.Set(state.InFlight);
            process.Refresh();
            foreach (var model in _models.Keys)
                Refresh(model);
        });
        Unmatched = ForRoute("other", "other");
        if (isExported)
            _ = new ExportedMetrics(Registry, _meter);
    }

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>How requests for predictions went.</summary>
    public ServiceRecorder Services { get; } = new();

    public ShadowMetrics Shadows { get; }

    public BatchJobMetrics BatchJobs { get; }

    public AdmissionMetrics Admission { get; }

    /// <summary>Of requests that no endpoint took.</summary>
    public RouteMetrics Unmatched { get; }

    public static string ProductVersion { get; } =
        typeof(ServerMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public RouteMetrics ForRoute(string route, string method) => new(_durations, route, method, Services);

    public ModelMetrics ForModel(ServedModel model)
    {
        _models[model] = true;
        _model.WithLabels(model.Name ?? "", model.Version, model.Predictor.Digest).Set(1);
        return new ModelMetrics(
            [.. model.Predictor.Labels.Select(label => _predictions.WithLabels(label, model.Version))],
            _confidence.WithLabels(model.Version),
            model, _warnings);
    }

    /// <summary>The model is gone; what it counted stays.</summary>
    public void Retire(ServedModel model)
    {
        _models.TryRemove(model, out _);
        Admission.Retire(model);
        _model.RemoveLabelled(model.Name ?? "", model.Version, model.Predictor.Digest);
        foreach (var feature in model.Features.Skip(model.FirstInput))
            _driftProne.RemoveLabelled(feature.MetricName, model.Version);
    }

    public void Dispose() => _meter.Dispose();

    private void Refresh(ServedModel model)
    {
        Admission.Refresh(model);
        // Many features may be one "other".
        foreach (var watches in model.Features.Skip(model.FirstInput).Zip(model.Watches).GroupBy(pair => pair.First.MetricName, pair => pair.Second))
            _driftProne.WithLabels(watches.Key, model.Version).Set(watches.Any(watch => watch.IsDriftProne) ? 1 : 0);
        if (model.Aggregates is not { } aggregates)
            return;
        _storeUp.Set(aggregates.IsUp ? 1 : 0);
        _unrecorded.Set(aggregates.Unrecorded);
    }

    public void Failed(string kind) => _errors.WithLabels(kind).Inc();
}
