using Plumbline.Inference.Batch;
using Prometheus;

namespace Plumbline.Server.BatchJobs;

/// <summary>What this server's workers did. Thread-safe.</summary>
internal sealed class BatchJobMetrics(MetricFactory create)
{
    private readonly Counter _jobs = create.CreateCounter("plumbline_batch_jobs_total", "Batch jobs that ended while this server worked at them, by how.", ["state"]);
    private readonly Counter _rows = create.CreateCounter("plumbline_batch_rows_total", "Rows of batch jobs that this server answered, or found an error in.");
    private readonly Counter _errors = create.CreateCounter("plumbline_batch_row_errors_total", "Rows of batch jobs that cannot be answered.");
    private readonly Gauge _workers = create.CreateGauge("plumbline_batch_workers_busy", "Threads that work at batch jobs.");

    public IDisposable Work() => _workers.TrackInProgress();

    public void Ended(BatchJobState state) => _jobs.WithLabels(state.ToString().ToLowerInvariant()).Inc();

    /// <summary>Counts what a run of one worker reports.</summary>
    public IProgress<BatchProgress> Progress() => new Rows(this);

    private sealed class Rows(BatchJobMetrics metrics) : IProgress<BatchProgress>
    {
        private BatchProgress _last;

        public void Report(BatchProgress value)
        {
            // A worker whose lease ended begins again.
            if (value.Rows < _last.Rows)
                _last = default;
            metrics._rows.Inc(value.Rows - _last.Rows);
            metrics._errors.Inc(value.Errors - _last.Errors);
            _last = value;
        }
    }
}
