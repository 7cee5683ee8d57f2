using Plumbline.Telemetry;

namespace Plumbline.Tuning;

internal sealed partial class Study
{
    private const int MostOfAReason = 500;

    /// <summary>Why a trial failed, in words, as it is stored.</summary>
    public static string ReasonOf(Exception failure)
    {
        var reason = $"{failure.GetType().Name}: {failure.Message}";
        return reason.Length <= MostOfAReason ? reason : $"{reason[..MostOfAReason]}…";
    }

    /// <summary>Evaluates trials, so many at a time, and stores how they end.</summary>
    private sealed class Evaluation : IDisposable
    {
        private readonly Study _study;
        private readonly Objective _objective;
        private readonly IProgress<Trial>? _progress;
        private readonly SemaphoreSlim _slots;
        private readonly CancellationTokenSource _stop;

        public Evaluation(Study study, Objective objective, int threads, IProgress<Trial>? progress, CancellationToken cancellation)
        {
            (_study, _objective, _progress) = (study, objective, progress);
            Threads = threads > 0 ? threads : Environment.ProcessorCount;
            _slots = new SemaphoreSlim(Threads);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        }

        public int Threads { get; }

        /// <summary>Finished trials as they are, others when they end: finished, or waiting again.</summary>
        public Task<Trial> Begin(Trial trial)
        {
            if (trial.IsFinished)
                return Task.FromResult(trial);
            var told = _study._told.ToArray();
            return Task.Run(() => RunAsync(trial, told));
        }

        /// <summary>Waits until nothing runs any more, whatever comes of it.</summary>
        public async Task AbandonAsync(IEnumerable<Task<Trial>> running)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        public void Dispose()
        {
            _slots.Dispose();
            _stop.Dispose();
        }

        private async Task<Trial> RunAsync(Trial trial, Trial[] told)
        {
            try
            {
                await _slots.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return await EndAsync(trial with { State = TrialState.Waiting, Started = null }).ConfigureAwait(false);
            }
            try
            {
                trial = trial with { Started = _study._time.GetUtcNow() };
                _progress?.Report(trial);
                return await EndAsync(await OutcomeAsync(trial, told).ConfigureAwait(false)).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }

        private async Task<Trial> OutcomeAsync(Trial trial, Trial[] told)
        {
            var running = new RunningTrial(trial, told, _study.Definition, value => _study._storage.ReportAsync(_study._id, trial.Number, value, _study._lease));
            Trial outcome;
            using var span = Spans.Begin("tuning.trial");
            span?.SetTag("plumbline.study", _study.Definition.Name);
            span?.SetTag("plumbline.trial", trial.Number);
            try
            {
                var values = await _objective(running, _stop.Token).ConfigureAwait(false);
                outcome = running.IsPruned ? trial with { State = TrialState.Pruned } : Valued(trial, values);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return trial with { State = TrialState.Waiting, Started = null };
            }
            // A trial that cannot be evaluated is a result like another, whatever the reason: even memory may suffice for the next one.
            catch (Exception failure) when (running.StorageFault is null)
            {
                span.Fail(failure);
                outcome = trial with { State = TrialState.Failed, Reason = ReasonOf(failure) };
            }
            running.StorageFault?.Throw();
            span?.SetTag("plumbline.trial.state", outcome.State.ToString().ToLowerInvariant());
            return outcome with { Intermediate = running.Reported, Ended = _study._time.GetUtcNow() };
        }

        private Trial Valued(Trial trial, IReadOnlyList<double> values)
        {
            var expected = _study.Definition.Directions.Count;
            if (values.Count != expected)
                return trial with { State = TrialState.Failed, Reason = $"It gave {values.Count} values for {expected} objectives." };
            for (var i = 0; i < expected; i++)
            {
                if (!double.IsFinite(values[i]))
                    return trial with { State = TrialState.Failed, Reason = $"Its value of objective {i + 1} is {(double.IsNaN(values[i]) ? "not a number" : "infinite")}." };
            }
            return trial with { State = TrialState.Complete, Values = [.. values] };
        }

        private async Task<Trial> EndAsync(Trial trial)
        {
            await _study._storage.EndTrialAsync(_study._id, trial, _study._lease).ConfigureAwait(false);
            _progress?.Report(trial);
            return trial;
        }
    }
}
