using System.Diagnostics.Metrics;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// A histogram of <c>/metrics</c> whose measurements go to whoever listens to an instrument of the same name, too: a distribution cannot be told from buckets that were counted elsewhere. Thread-safe.
/// </summary>
internal sealed class ServerHistogram
{
    private readonly Prometheus.Histogram _collected;
    private readonly Histogram<double> _exported;
    private readonly string[] _labels;

    public ServerHistogram(MetricFactory create, Meter meter, string name, string help, string[] labels, double[] buckets)
    {
        _collected = create.CreateHistogram(name, help, labels, new HistogramConfiguration { Buckets = buckets });
        _exported = meter.CreateHistogram(name, unit: null, help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
        _labels = labels;
    }

    /// <summary>What is measured under these values of the labels.</summary>
    public Series WithLabels(params string[] values) =>
        new(_collected.WithLabels(values), _exported, [.. _labels.Zip(values, (label, value) => KeyValuePair.Create(label, (object?)value))]);

    /// <summary>Thread-safe; allocates nothing.</summary>
    public sealed class Series(Prometheus.Histogram.Child collected, Histogram<double> exported, KeyValuePair<string, object?>[] labels)
    {
        /// <param name="exemplar">Null for none.</param>
        public void Observe(double value, Exemplar? exemplar = null)
        {
            if (exemplar is null)
                collected.Observe(value);
            else
                collected.Observe(value, exemplar);
            if (exported.Enabled)
                exported.Record(value, labels);
        }
    }
}
