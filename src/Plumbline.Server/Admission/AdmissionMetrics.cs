using System.Diagnostics.Metrics;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;
using Prometheus;

namespace Plumbline.Server.Admission;

/// <summary>What waited, for how long, in which company it was computed, and what was refused. Thread-safe.</summary>
internal sealed class AdmissionMetrics
{
    private static readonly double[] WaitBuckets = [.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
    private static readonly double[] BatchBuckets = [1, 2, 4, 8, 16, 32, 64];
    private static readonly string[] Reasons = ["wait", "full", "expired", "gone"];

    private readonly Counter.Child[] _shed;
    private readonly Gauge.Child[] _queued;
    private readonly Gauge _poolDelay;
    private readonly Gauge _fixed;
    private readonly Gauge _perText;
    private readonly ServerHistogram.Series _waits;
    private readonly ServerHistogram.Series _batches;

    public AdmissionMetrics(MetricFactory create, Meter meter)
    {
        var shed = create.CreateCounter("plumbline_requests_shed_total", "Requests that were not computed because too much was asked for at once.", ["reason", "priority"]);
        var queued = create.CreateGauge("plumbline_queued_texts", "Texts that wait to be computed.", ["priority"]);
        _shed = [.. Reasons.SelectMany(reason => RequestPriorities.Names.Select(priority => shed.WithLabels(reason, priority)))];
        _queued = [.. RequestPriorities.Names.Select(priority => queued.WithLabels(priority))];
        _poolDelay = create.CreateGauge("plumbline_pool_delay_seconds", "What has arrived at a socket waits for a thread for at least this.");
        _fixed = create.CreateGauge("plumbline_service_fixed_seconds", "Fitted time of a call of the model, whatever its texts.", ["version"]);
        _perText = create.CreateGauge("plumbline_service_text_seconds", "Fitted time of each text of a call of the model.", ["version"]);
        _waits = new ServerHistogram(create, meter, "plumbline_queue_wait_seconds", "From when a request began to wait until it was computed.", [], WaitBuckets).WithLabels();
        _batches = new ServerHistogram(create, meter, "plumbline_batch_texts", "Texts that were answered in one call of a model that takes several.", [], BatchBuckets).WithLabels();
    }

    public void Shed(ShedReason reason, RequestPriority priority) => _shed[((int)reason * RequestPriorities.Names.Length) + (int)priority].Inc();

    public void Waited(TimeSpan wait) => _waits.Observe(wait.TotalSeconds);

    public void Batched(int texts) => _batches.Observe(texts);

    public void Refresh(AdmissionQueue queue, TimeSpan poolDelay)
    {
        for (var priority = 0; priority < _queued.Length; priority++)
            _queued[priority].Set(queue.Texts((RequestPriority)priority));
        _poolDelay.Set(poolDelay.TotalSeconds);
    }

    public void Refresh(ServedModel model)
    {
        _fixed.WithLabels(model.Version).Set(model.ServiceTime.Fixed);
        _perText.WithLabels(model.Version).Set(model.ServiceTime.PerText);
    }

    public void Retire(ServedModel model)
    {
        _fixed.RemoveLabelled(model.Version);
        _perText.RemoveLabelled(model.Version);
    }
}
