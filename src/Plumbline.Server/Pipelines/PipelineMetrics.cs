using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Prometheus;

namespace Plumbline.Server.Pipelines;

/// <summary>What a worker did and does. Thread-safe.</summary>
internal sealed class PipelineMetrics : IProgress<TaskProgress>
{
    private static readonly double[] SecondBuckets = [.01, .1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400];

    private readonly Counter _attempts;
    private readonly Histogram _seconds;

    public PipelineMetrics(MetricFactory create, CollectorRegistry registry, PipelineWorker worker, Func<bool> isScheduling)
    {
        _attempts = create.CreateCounter("plumbline_pipeline_attempts_total", "Attempts of tasks that ended here, by how.", ["pipeline", "node", "state"]);
        _seconds = create.CreateHistogram("plumbline_pipeline_attempt_seconds", "How long attempts took.", ["pipeline", "node"], new HistogramConfiguration { Buckets = SecondBuckets });
        var up = create.CreateGauge("plumbline_pipeline_worker_up", "1 while the worker holds its lease.");
        var scheduling = create.CreateGauge("plumbline_pipeline_scheduler_active", "1 while this process starts what is scheduled.");
        var taken = create.CreateGauge("plumbline_pipeline_slots_taken", "Slots of a pool that tasks take.", ["pool"]);
        var all = create.CreateGauge("plumbline_pipeline_slots", "Slots of a pool.", ["pool"]);
        foreach (var (pool, count) in worker.Slots)
            all.WithLabels(pool).Set(count);
        registry.AddBeforeCollectCallback(() =>
        {
            up.Set(worker.IsWorking ? 1 : 0);
            scheduling.Set(isScheduling() ? 1 : 0);
            foreach (var (pool, count) in worker.Taken)
                taken.WithLabels(pool).Set(count);
        });
    }

    public void Report(TaskProgress value)
    {
        if (value.State == AttemptState.Running)
            return;
        _attempts.WithLabels(value.Pipeline, value.Node, RunWords.Of(value.State)).Inc();
        _seconds.WithLabels(value.Pipeline, value.Node).Observe(value.Elapsed.TotalSeconds);
    }
}
