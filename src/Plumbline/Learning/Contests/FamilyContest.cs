using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>One family's study of trials that are fitted and judged by <see cref="TrialFit"/>. Thread-safe.</summary>
/// <param name="shared">One a fold.</param>
internal sealed class FamilyContest(IModelFamily family, FoldSet folds, IReadOnlyList<SharedFits> shared, TrainingOptions options, ContestStudies studies)
{
    private readonly TrialFit _fit = new(family, folds, shared, options.Seed, options.Contest!.Pruner != PrunerKind.None);
    private readonly Lock _gate = new();
    private (int Trial, Contestant Contestant)? _best;
    private Study? _study;

    public string Family => family.Name;

    /// <summary>How it stands; callable while it runs.</summary>
    public FamilyStanding Standing { get; private set; } = new(family.Name, studies.NameOf(family.Name), 0, 0, 0, null, family.Unavailable);

    /// <summary>Runs the study, or what of it was not run before.</summary>
    /// <param name="threads">Trials at a time.</param>
    /// <returns>The best trial; null if none is complete.</returns>
    public async Task<Contestant?> RunAsync(int threads, Action<FamilyStanding> told, CancellationToken cancellation)
    {
        var contest = options.Contest!;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(studies.Enough, cancellation);
        var definition = new StudyDefinition
        {
            Name = studies.NameOf(family.Name),
            Space = family.Space(TrainingShape.Of(folds.Last.Train, folds.Last.Ngrams)),
            Sampler = contest.Sampler.ToSampler(),
            Pruner = folds.IsHoldout ? contest.Pruner.ToPruner(family.LeastSteps, family.MostSteps) : contest.Pruner.ToPruner(1, folds.Folds.Count),
            Seed = options.Seed,
        };
        _study = await Study.OpenAsync(studies.Storage, definition, studies.Lease, studies.Time, cancellation).ConfigureAwait(false);
        if (_study.Trials.Count == 0)
        {
            var first = contest.WarmStart ? studies.Earlier(family.Name).Select(definition.Space.Fitting) : [];
            foreach (var parameters in first.Prepend(definition.Space.Fitting(family.Default)).Distinct().ToArray())
                await _study.EnqueueAsync(parameters, cancellation).ConfigureAwait(false);
        }
        Tell(_study.Trials, told);
        await _study.RunAsync(ObjectiveAsync, contest.Budget, threads, new Relay(this, told), stop.Token).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (_study.Best is not { } best)
            return null;
        if (_best?.Trial != best.Number)
        {
            // It was complete before this process began, or is a copy: fitted again it is the same.
            _best = (best.Number, _fit.Fit(best.Parameters, (_, _) => true, cancellation)!);
        }
        Tell(_study.Trials, told);
        return _best.Value.Contestant;
    }

    private Task<IReadOnlyList<double>> ObjectiveAsync(RunningTrial trial, CancellationToken stop)
    {
        var contestant = _fit.Fit(trial.Parameters, (step, value) => !trial.ReportAsync(step, value).GetAwaiter().GetResult(), stop);
        if (contestant is null)
            return Task.FromResult<IReadOnlyList<double>>([]);
        lock (_gate)
        {
            // Of equal values the first trial is the study's best.
            if (_best is not { } best || contestant.Result.MacroF1 > best.Contestant.Result.MacroF1 || (contestant.Result.MacroF1 == best.Contestant.Result.MacroF1 && trial.Number < best.Trial))
                _best = (trial.Number, contestant);
        }
        return Task.FromResult<IReadOnlyList<double>>([contestant.Result.MacroF1]);
    }

    private void Tell(IReadOnlyList<Trial> trials, Action<FamilyStanding> told)
    {
        lock (_gate)
        {
            var best = _best?.Contestant.Result;
            Standing = Standing with
            {
                Trials = trials.Count(trial => trial.IsFinished),
                Pruned = trials.Count(trial => trial.State == TrialState.Pruned),
                Failed = trials.Count(trial => trial.State == TrialState.Failed),
                Best = best,
            };
        }
        told(Standing);
    }

    private sealed class Relay(FamilyContest contest, Action<FamilyStanding> told) : IProgress<Trial>
    {
        private readonly Dictionary<int, Trial> _trials = contest._study!.Trials.ToDictionary(trial => trial.Number);

        public void Report(Trial value)
        {
            Trial[] trials;
            lock (_trials)
            {
                _trials[value.Number] = value;
                trials = [.. _trials.Values];
            }
            if (value.IsFinished)
                contest.Tell(trials, told);
        }
    }
}
