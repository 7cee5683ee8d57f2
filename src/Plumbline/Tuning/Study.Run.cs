namespace Plumbline.Tuning;

internal sealed partial class Study
{
    /// <summary>Runs trials until the budget is spent. No other worker may run the study meanwhile.</summary>
    /// <param name="objective">Called from up to <paramref name="threads"/> threads at once. What it throws makes the trial a failed one, and the study goes on.</param>
    /// <param name="threads">0: one for each core. No result depends on it.</param>
    /// <param name="progress">Told each trial when it starts and when it ends.</param>
    /// <param name="cancellation">Trials that run are given back, to be run again with the same parameters when the study is resumed.</param>
    /// <exception cref="ArgumentException">A value of the budget is out of its range.</exception>
    /// <exception cref="TuningException">Another worker runs a trial of the study.</exception>
    public async Task<StudyEnd> RunAsync(
        Objective objective, StudyBudget budget, int threads = 0, IProgress<Trial>? progress = null, CancellationToken cancellation = default)
    {
        budget.Validate();
        var begun = _time.GetTimestamp();
        using var evaluation = new Evaluation(this, objective, threads, progress, cancellation);
        var window = new Queue<Task<Trial>>();
        StudyEnd? end = null;
        try
        {
            for (var isWhole = true; ;)
            {
                while (end is null && window.Count < Definition.Window)
                {
                    var number = _told.Count + window.Count;
                    end = number < _trials.Count && _trials[number].IsFinished ? null : Spent(number, budget, begun, cancellation);
                    if (end is null && await StartAsync(number, progress).ConfigureAwait(false) is { } trial)
                        window.Enqueue(evaluation.Begin(trial));
                    else
                        end ??= StudyEnd.SpaceExhausted;
                }
                if (!window.TryDequeue(out var oldest))
                    return end!.Value;
                var ended = await oldest.ConfigureAwait(false);
                _trials[ended.Number] = ended;
                end = ended.IsFinished ? end : StudyEnd.Cancelled;
                // What ended after a trial that was given back is told when the study is resumed, in its turn.
                if (isWhole &= ended.IsFinished)
                    Tell(ended);
            }
        }
        catch
        {
            await evaluation.AbandonAsync(window).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Runs trials until the budget is spent, as other workers may at the same time, in this process or others. Each trial is asked for knowing all that are finished by
    /// then, so what the study finds depends on timing. Trials whose worker's lease is over are run again; it ends when nobody runs any.
    /// </summary>
    /// <exception cref="LeaseLostException">The lease of this worker is over.</exception>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<StudyEnd> RunSharedAsync(
        Objective objective, StudyBudget budget, int threads = 0, IProgress<Trial>? progress = null, CancellationToken cancellation = default)
    {
        budget.Validate();
        var begun = _time.GetTimestamp();
        using var evaluation = new Evaluation(this, objective, threads, progress, cancellation);
        var running = new List<Task<Trial>>();
        StudyEnd? end = null;
        try
        {
            while (true)
            {
                await RefreshAsync(default).ConfigureAwait(false);
                TellFinished();
                if (cancellation.IsCancellationRequested)
                    end = StudyEnd.Cancelled;
                if (end != StudyEnd.Cancelled && running.Count < evaluation.Threads)
                {
                    if (await ReclaimAsync(budget, progress).ConfigureAwait(false) is { } left)
                    {
                        running.Add(evaluation.Begin(left));
                        continue;
                    }
                    // A trial that was being run may have ended as a copy, which is none of the budget.
                    if (end is null or StudyEnd.TrialsSpent && (end = Spent(_trials.Count, budget, begun, cancellation)) is null)
                    {
                        end = await AddAsync(evaluation, running, progress).ConfigureAwait(false);
                        continue;
                    }
                }
                if (running.Count == 0 && (end == StudyEnd.Cancelled || !_trials.Exists(trial => IsLeft(trial, budget))))
                    return end!.Value;
                await NextAsync(running, cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            await evaluation.AbandonAsync(running).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Until one of the own trials has ended, or it is time to look after those of others.</summary>
    private async Task NextAsync(List<Task<Trial>> running, CancellationToken cancellation)
    {
        if (running.Count == 0)
        {
            await Task.Delay(LookAround, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        var ended = await Task.WhenAny(running).ConfigureAwait(false);
        running.Remove(ended);
        await ended.ConfigureAwait(false);
    }

    private StudyEnd? Spent(int number, StudyBudget budget, long begun, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return StudyEnd.Cancelled;
        if (Evaluated(number) >= budget.Trials)
            return StudyEnd.TrialsSpent;
        if (_time.GetElapsedTime(begun) >= budget.Time)
            return StudyEnd.TimeSpent;
        if (_copiesInARow >= MostCopiesInARow)
            return StudyEnd.SpaceExhausted;
        return _front.Unchanged >= budget.WithoutImprovement ? StudyEnd.NoImprovement : null;
    }

    private int Evaluated(int before)
    {
        var evaluated = 0;
        for (var i = 0; i < before; i++)
            evaluated += _trials[i].CopyOf is null ? 1 : 0;
        return evaluated;
    }
}
