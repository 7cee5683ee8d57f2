using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>One family's study: fits trials on train and judges them on valid. Thread-safe.</summary>
internal sealed class FamilyContest(IModelFamily family, FeatureMatrix train, FeatureMatrix valid, int ngrams, SharedFits shared, TrainingOptions options, ContestStudies studies)
{
    private readonly int[] _labels = valid.Labels();
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
            Space = family.Space(TrainingShape.Of(train, ngrams, contest.Svd)),
            Sampler = contest.Sampler.ToSampler(),
            Pruner = contest.Pruner.ToPruner(family.LeastSteps, family.MostSteps),
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
            _best = (best.Number, Fit(best.Parameters, (_, _) => true, cancellation)!);
        }
        Tell(_study.Trials, told);
        return _best.Value.Contestant;
    }

    private Task<IReadOnlyList<double>> ObjectiveAsync(RunningTrial trial, CancellationToken stop)
    {
        var contestant = Fit(trial.Parameters, (step, value) => !trial.ReportAsync(step, value).GetAwaiter().GetResult(), stop);
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

    /// <param name="report">Told each step and the macro-F1 of its scores; false stops the fit.</param>
    private Contestant? Fit(TrialParameters parameters, Func<int, double, bool> report, CancellationToken stop)
    {
        var classes = valid.Classes;
        (int Step, float[] Scores, double LogLoss)? best = null;
        var request = new FitRequest(train, ngrams, parameters, options.Seed)
        {
            Shared = shared,
            Valid = valid,
            // What nobody decides by is not worth its time.
            Intermediate = family.StepsAddCapacity || options.Contest!.Pruner != PrunerKind.None ? AfterStep : null,
            Cancellation = stop,
        };
        if (family.Fit(request) is not { } fitted)
            return null;
        var (steps, scores) = best is { } found ? (found.Step, found.Scores) : (fitted.Steps, fitted.Scores(valid, 1));
        return Contestant.Judge(new Candidate(family.Name, parameters), scores, _labels, classes, fitted.LosesPrior, steps);

        bool AfterStep(int step, float[] scores)
        {
            stop.ThrowIfCancellationRequested();
            if (family.StepsAddCapacity)
            {
                var loss = CalibrationFit.LogLoss(scores, _labels, classes, CalibrationFit.Fit(scores, _labels, classes, CalibrationMethod.Temperature, matchPrior: false));
                if (best is null || loss < best.Value.LogLoss)
                    best = (step, scores, loss);
            }
            return report(step, Contestant.MacroF1(scores, _labels, classes));
        }
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
