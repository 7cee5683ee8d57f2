using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;
using Prometheus;

namespace Plumbline.Server.Pipelines;

/// <summary>How the project's pipelines and the model's retraining stand, by the metadata store: docs/specs/pipelines.md, docs/specs/retraining.md. For one caller at a time.</summary>
internal sealed class StandingMetrics
{
    private static readonly GaugeConfiguration OnlyWhereSet = new() { SuppressInitialValue = true };

    private static readonly CycleState[] Outcomes = [.. Enum.GetValues<CycleState>().Where(state => state > CycleState.Running)];

    private readonly PipelineCatalogue? _pipelines;
    private readonly string _model;
    private readonly TimeProvider _time;
    private readonly Gauge _failed;
    private readonly Gauge _deserted;
    private readonly Gauge _cycles;
    private readonly Gauge _running;
    private readonly Gauge _unapproved;
    private readonly Gauge _lastSeconds;
    private readonly Gauge _macroF1;

    /// <param name="pipelines">Null where there is no project.</param>
    public StandingMetrics(CollectorRegistry registry, PipelineCatalogue? pipelines, string model, TimeProvider time)
    {
        (_pipelines, _model, _time) = (pipelines, model, time);
        var create = Metrics.WithCustomRegistry(registry);
        _failed = create.CreateGauge("plumbline_pipeline_failed", "1 if the last run of the pipeline that ended failed.", ["pipeline"]);
        _deserted = create.CreateGauge("plumbline_pipeline_waiting_seconds", "For how long the first has waited of what nobody is there for: a task without a worker, or a schedule without a scheduler.", ["pipeline"]);
        _cycles = create.CreateGauge("plumbline_retraining_cycles", "Cycles of retraining of the model that ended, by how.", ["outcome"]);
        _running = create.CreateGauge("plumbline_retraining_running_seconds", "For how long the cycle that runs has run; 0 while none does.", OnlyWhereSet);
        _unapproved = create.CreateGauge("plumbline_retraining_waiting_seconds", "For how long a cycle has waited for approval; 0 while none does.", OnlyWhereSet);
        _lastSeconds = create.CreateGauge("plumbline_retraining_last_seconds", "How long the last cycle that ran and ended took.", OnlyWhereSet);
        _macroF1 = create.CreateGauge("plumbline_retraining_macro_f1", "Macro-F1 of both on the rows held out in the last cycle that ran and ended; only where they were compared.", ["side"]);
    }

    /// <exception cref="MetadataException">The store does not answer; what was known last is told.</exception>
    public async Task ReadAsync(IMetadataStore store, CancellationToken cancellation)
    {
        if (_pipelines is not null)
        {
            foreach (var standing in await new PipelineStore(store, _time).StandingsAsync(_pipelines.Project, _pipelines.All.Select(pipeline => pipeline.Name), cancellation))
            {
                _failed.WithLabels(standing.Pipeline).Set(standing.HasFailed ? 1 : 0);
                _deserted.WithLabels(standing.Pipeline).Set(standing.Waiting.TotalSeconds);
            }
        }
        Set(await new RetrainingStore(store, _time).StandingAsync(_model, cancellation));
    }

    private void Set(RetrainingStanding standing)
    {
        foreach (var outcome in Outcomes)
            _cycles.WithLabels(RunWords.Of(outcome)).Set(standing.Ended.GetValueOrDefault(outcome));
        _running.Set(standing.Open is { State: not CycleState.Proposed } open ? Since(open.Started ?? open.Created) : 0);
        _unapproved.Set(standing.Open is { State: CycleState.Proposed } proposed ? Since(proposed.Created) : 0);
        if (standing.Last is { Started: { } started, Ended: { } ended })
            _lastSeconds.Set(Math.Max(0, (ended - started).TotalSeconds));
        if (standing.Last?.Comparison is { } compared)
        {
            _macroF1.WithLabels("champion").Set(compared.ChampionMacroF1);
            _macroF1.WithLabels("challenger").Set(compared.ChallengerMacroF1);
            return;
        }
        foreach (var side in _macroF1.GetAllLabelValues().ToArray())
            _macroF1.RemoveLabelled(side);
    }

    private double Since(DateTimeOffset moment) => Math.Max(0, (_time.GetUtcNow() - moment).TotalSeconds);
}
