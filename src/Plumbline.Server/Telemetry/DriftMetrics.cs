using Plumbline.Monitoring;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>What was found of drift, of the last hour of all servers. For one caller at a time.</summary>
internal sealed class DriftMetrics
{
    /// <summary>Bounds the label values of metrics.</summary>
    private const int MostFeatures = 100;

    private static readonly GaugeConfiguration OnlyWhereSet = new() { SuppressInitialValue = true };

    private readonly Gauge _psi;
    private readonly Gauge _severity;
    private readonly Gauge _requests;
    private readonly Gauge _auc;
    private readonly Gauge _lost;

    public DriftMetrics(CollectorRegistry registry)
    {
        var create = Metrics.WithCustomRegistry(registry);
        _psi = create.CreateGauge("plumbline_drift_psi", "Population stability index of the last hour of all servers against the version's reference, its bias taken off.", ["feature", "kind", "version"]);
        _severity = create.CreateGauge("plumbline_drift_severity", "0 none, 1 small, 2 moderate, 3 large: by the size of the effect, where chance does not explain it.", ["feature", "kind", "version"]);
        _requests = create.CreateGauge("plumbline_drift_requests", "Texts that the other drift metrics are of.", ["version"]);
        _auc = create.CreateGauge("plumbline_drift_text_auc", "How well sampled requests can be told from the reference's; 0.5 is not at all.", ["version"]);
        _lost = create.CreateGauge("plumbline_drift_requests_lost", "Texts that no drift report counts, since the metadata store did not answer for too long.", OnlyWhereSet);
    }

    /// <summary>What was not asked any more, or not often enough to be judged, is told no more: no alert may go on for what was once.</summary>
    public void Set(MonitorReport found)
    {
        if (found.Drift is not { } report)
        {
            Forget(found.Version);
            return;
        }
        _requests.WithLabels(report.Version).Set(report.Requests);
        (FeatureDrift Drift, string Kind)[] features = [.. report.Features.OrderBy(feature => feature.Name, StringComparer.Ordinal).Take(MostFeatures).Select(feature => (feature, feature.Kind.ToString().ToLowerInvariant()))];
        foreach (var gauge in new[] { _psi, _severity })
            Remove(gauge, report.Version, labels => !features.Any(feature => feature.Drift.Name == labels[0] && feature.Kind == labels[1]));
        foreach (var (feature, kind) in features)
        {
            _psi.WithLabels(feature.Name, kind, report.Version).Set(feature.Psi);
            _severity.WithLabels(feature.Name, kind, report.Version).Set((int)feature.Severity);
        }
        if (report.Text is { } text)
            _auc.WithLabels(report.Version).Set(text.Auc);
        else
            _auc.RemoveLabelled(report.Version);
    }

    public void Lost(long requests)
    {
        if (requests > 0)
            _lost.Set(requests);
    }

    /// <summary>The version answers no more.</summary>
    public void Forget(string version)
    {
        foreach (var gauge in new[] { _psi, _severity, _requests, _auc })
            Remove(gauge, version, _ => true);
    }

    private static void Remove(Gauge gauge, string version, Func<string[], bool> isOver)
    {
        foreach (var labels in gauge.GetAllLabelValues().Where(labels => labels[^1] == version && isOver(labels)).ToArray())
            gauge.RemoveLabelled(labels);
    }
}
