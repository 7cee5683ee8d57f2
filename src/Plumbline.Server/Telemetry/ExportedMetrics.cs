using System.Diagnostics.Metrics;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// Makes an observable instrument of each counter and gauge of a registry, of the same name, labels and value. What <c>/metrics</c> tells is read for that, since the library that counts lets nobody else look at all that it has: so
/// a metric is declared once. Histograms are <see cref="ServerHistogram"/>s. Thread-safe.
/// </summary>
internal sealed class ExportedMetrics
{
    private readonly Lock _lock = new();
    private readonly CollectorRegistry _registry;
    private readonly Meter _meter;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Instruments that were asked since the last reading: one that is asked again begins the next.</summary>
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private Dictionary<string, MetricFamily>? _read;

    public ExportedMetrics(CollectorRegistry registry, Meter meter)
    {
        (_registry, _meter) = (registry, meter);
        // There from the beginning, so that metrics which are declared later are found.
        meter.CreateObservableGauge("plumbline_exported_metrics", () => Read("").Count, unit: null, "Counters and gauges that are exported.");
        Read("");
        _read = null;
    }

    /// <summary>All of one reading.</summary>
    /// <param name="asked">The instrument that needs it.</param>
    private Dictionary<string, MetricFamily> Read(string asked)
    {
        lock (_lock)
        {
            if (_read is not null && _asked.Add(asked))
                return _read;
            using var text = new MemoryStream();
            _registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
            text.Position = 0;
            using var reader = new StreamReader(text);
            _read = MetricsText.Read(reader).ToDictionary(family => family.Name, StringComparer.Ordinal);
            _asked.Clear();
            _asked.Add(asked);
            foreach (var family in _read.Values.Where(family => _known.Add(family.Name)))
                Create(family);
            return _read;
        }
    }

    private void Create(MetricFamily family)
    {
        var name = family.Name;
        if (family.IsCounter)
            _meter.CreateObservableCounter(name, () => Values(name), unit: null, family.Help);
        else
            _meter.CreateObservableGauge(name, () => Values(name), unit: null, family.Help);
    }

    private IEnumerable<Measurement<double>> Values(string name) =>
        Read(name).TryGetValue(name, out var family) ? family.Samples.Select(sample => new Measurement<double>(sample.Value, sample.Labels)) : [];
}
