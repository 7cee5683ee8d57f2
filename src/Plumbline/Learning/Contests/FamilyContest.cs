using System.Globalization;
using Plumbline.Learning.Families;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>One family's study: trials that are fitted and judged by <see cref="TrialFit"/>. Thread-safe.</summary>
internal sealed class FamilyContest
{
    private readonly IModelFamily _family;
    private readonly ContestField _field;
    private readonly TrialFit _fit;
    private readonly MemoryGate _memory;
    private readonly TrainingOptions _options;
    private readonly ContestOptions _contest;
    private readonly ContestStudies _studies;
    private readonly long _fitBytes;
    private readonly Lock _gate = new();
    private (int Trial, Contestant Contestant)? _best;
    private Study? _study;
    private int _ran;

    /// <param name="shared">One a fold.</param>
    public FamilyContest(IModelFamily family, ContestField field, IReadOnlyList<SharedFits> shared, MemoryGate memory, TrainingOptions options, ContestStudies studies)
    {
        (_family, _field, _memory, _options, _contest, _studies) = (family, field, memory, options, options.Contest!, studies);
        _fit = new TrialFit(family, field.Folds, shared, options);
        (_fitBytes, Space) = (field.Memory(family, _contest.Svd), family.Space(field.Shapes[^1] with { Svd = _contest.Svd }));
        Standing = new FamilyStanding(family.Name, studies.NameOf(family.Name), 0, 0, 0, null, family.Unavailable)
        {
            Note = _fitBytes > memory.Bytes ? string.Create(CultureInfo.InvariantCulture, $"a fit may take {_fitBytes / 1e6:n0} MB, more than the {memory.Bytes / 1e6:n0} that fits may take together: it ran alone") : null,
        };
    }

    public string Family => _family.Name;

    public SearchSpace Space { get; }

    /// <summary>How it stands; callable while it runs.</summary>
    public FamilyStanding Standing { get; private set; }

    /// <summary>All known here.</summary>
    public IReadOnlyList<Trial> Trials => _study?.Trials ?? [];

    /// <summary>Trials that this process finished.</summary>
    public int Ran => _ran;

    /// <summary>Runs the study, or what of it was not run before.</summary>
    /// <returns>The best trial within the limits; null if none is complete.</returns>
    public async Task<Contestant?> RunAsync(SearchTurn turn, CancellationToken cancellation)
    {
        await SearchAsync(turn, cancellation).ConfigureAwait(false);
        if (Best() is not { } best)
        {
            Tell(Trials, turn.Told);
            return null;
        }
        if (_best?.Trial != best.Number)
            _best = await FitAgainAsync(best, cancellation).ConfigureAwait(false) is { } again ? (best.Number, again) : null;
        Tell(Trials, turn.Told);
        return _best?.Contestant;
    }

    /// <summary>Fits a trial that was complete before this process began, is another's, or a copy: it is the same again.</summary>
    /// <returns>Null where that fails; the family then does not compete, and its standing says why.</returns>
    private async Task<Contestant?> FitAgainAsync(Trial best, CancellationToken cancellation)
    {
        try
        {
            using var room = await _memory.EnterAsync(_fitBytes, cancellation).ConfigureAwait(false);
            return _fit.Fit(best.Parameters, (_, _) => true, cancellation)! with { Costs = CostsOf(best.Values) };
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            Standing = Standing with { Skipped = $"trial {best.Number}, its best, could not be fitted again: {Study.ReasonOf(failure)}" };
            return null;
        }
    }

    /// <summary>Runs trials of the study, until there are no more to be run.</summary>
    public async Task SearchAsync(SearchTurn turn, CancellationToken cancellation)
    {
        using var share = new TimeLimit(turn.Time, _studies.Time, () => Standing.BestValue is not null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource([_studies.Enough, turn.Enough, share.Over, cancellation]);
        var definition = new StudyDefinition
        {
            Name = _studies.NameOf(_family.Name),
            Space = Space,
            Directions = ContestFront.Directions(_contest.Objectives),
            Sampler = _contest.ToSampler(),
            Pruner = _field.Folds.IsHoldout ? _contest.ToPruner(_family.LeastSteps, _family.MostSteps) : _contest.ToPruner(1, _field.Folds.Folds.Count),
            Seed = _options.Seed,
            IsDeterministic = !_contest.Objectives.Contains(ContestObjective.Latency),
        };
        _study = await Study.OpenAsync(_studies.Storage, definition, _studies.Lease, _studies.Time, cancellation).ConfigureAwait(false);
        // A grid has its own trials and no others.
        if (definition.Sampler is not GridSampler)
        {
            var first = _contest.WarmStart ? _studies.Earlier(_family.Name).Select(Space.Fitting) : [];
            await _study.EnqueueFirstAsync([.. first.Prepend(Space.Fitting(_family.Default)).Distinct()], cancellation).ConfigureAwait(false);
        }
        Tell(_study.Trials, turn.Told);
        var relay = new Relay(this, standing =>
        {
            turn.Told(standing);
            share.Check();
        });
        var budget = turn.Time == TimeSpan.Zero ? _contest.Budget with { Trials = 1, Time = null } : _contest.Budget with { Time = turn.Time };
        await (_contest.Shared
            ? _study.RunSharedAsync(ObjectiveAsync, budget, turn.Threads, relay, stop.Token)
            : _study.RunAsync(ObjectiveAsync, budget, turn.Threads, relay, stop.Token)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Why no complete trial can be chosen, in words.</summary>
    public string WhyNone()
    {
        if (Standing.Skipped is { } skipped)
            return skipped;
        var nearest = Trials.Where(trial => trial.State == TrialState.Complete).Select(trial => (trial.Values, Costs: CostsOf(trial.Values)))
            .OrderBy(trial => trial.Costs.ShareOf(_contest)).FirstOrDefault();
        if (Standing.Trials == 0)
            return "no trial was finished in its time";
        return nearest.Values is null
            ? $"{Standing.Failed} failed, {Standing.Pruned} pruned (plumbline studies show {_studies.NameOf(Family)} says why)"
            : $"none is within the limits, the nearest has {Describe(nearest.Costs)} and macro-F1 {nearest.Values[0].ToString("f4", CultureInfo.InvariantCulture)}";
    }

    public static string Describe(ModelCosts costs) => string.Join(" and ", new[]
    {
        costs.LatencyUs is { } latency ? string.Create(CultureInfo.InvariantCulture, $"latency {latency:0.#} µs") : null,
        costs.SizeMb is { } size ? string.Create(CultureInfo.InvariantCulture, $"size {size:0.###} MB") : null,
    }.OfType<string>());

    /// <summary>The complete trial of the highest macro-F1 within the limits, of equal ones the first.</summary>
    private Trial? Best() => Trials.Where(trial => trial.State == TrialState.Complete && IsAllowed(trial.Values)).MaxBy(trial => (trial.Values[0], -trial.Number));

    private bool IsAllowed(IReadOnlyList<double> values) => CostsOf(values).ShareOf(_contest) <= 1;

    private ModelCosts CostsOf(IReadOnlyList<double> values) => ModelCosts.Of(_contest.Objectives, values);

    private async Task<IReadOnlyList<double>> ObjectiveAsync(RunningTrial trial, CancellationToken stop)
    {
        using var room = await _memory.EnterAsync(_fitBytes, stop).ConfigureAwait(false);
        var contestant = _fit.Fit(trial.Parameters, (step, value) => !trial.ReportAsync(step, value).GetAwaiter().GetResult(), stop);
        if (contestant is null)
            return [];
        double[] values = [contestant.Result.MacroF1, .. contestant.Models is { } models ? _field.Costs.Measure(models) : []];
        lock (_gate)
        {
            // Of equal values the first trial is the study's best.
            if (IsAllowed(values) && (_best is not { } best || contestant.Result.MacroF1 > best.Contestant.Result.MacroF1
                || (contestant.Result.MacroF1 == best.Contestant.Result.MacroF1 && trial.Number < best.Trial)))
                _best = (trial.Number, contestant with { Costs = CostsOf(values) });
        }
        return values;
    }

    private void Tell(IReadOnlyList<Trial> trials, Action<FamilyStanding> told)
    {
        lock (_gate)
        {
            var best = _best?.Contestant;
            Standing = Standing with
            {
                Trials = trials.Count(trial => trial.IsFinished),
                Pruned = trials.Count(trial => trial.State == TrialState.Pruned),
                Failed = trials.Count(trial => trial.State == TrialState.Failed),
                Best = best?.Result,
                BestValue = trials.Where(trial => trial.State == TrialState.Complete && IsAllowed(trial.Values)).Select(trial => (double?)trial.Values[0]).Max(),
                Costs = _contest.Objectives.Count == 1 ? null : best?.Costs,
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
            if (!value.IsFinished)
                return;
            Interlocked.Increment(ref contest._ran);
            contest.Tell(trials, told);
        }
    }
}
