using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using Plumbline.Datasets;
using Plumbline.Learning.Families;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Families against each other: a study for each, so many at a time as there are threads, the slowest families first; then the best of each, those voting together, and those
/// stacked are compared on the rows held out. The same for the same data, options and seed, whatever the number of threads, unless
/// <see cref="ContestOptions.NotReproducible"/> says why not.
/// </summary>
internal sealed class Contest(ContestField field, TrainingOptions options, ContestStudies studies, IProgress<TrainingProgress>? progress)
{
    private readonly ContestOptions _contest = options.Contest!;
    private readonly long _begun = studies.Time.GetTimestamp();
    private int _waiting;

    /// <exception cref="DatasetException">No family has a complete trial within the limits; the message says why of each.</exception>
    /// <exception cref="TuningException">A grid has more points than there are trials.</exception>
    public Task<ContestOutcome> RunAsync(CancellationToken cancellation) => WithFamiliesAsync(families => RunAsync(families, cancellation));

    /// <summary>Runs trials beside the process that holds the contest, until all are finished; nothing is chosen.</summary>
    /// <returns>Trials that this process finished.</returns>
    public Task<int> WorkAsync(CancellationToken cancellation) => WithFamiliesAsync(async families =>
    {
        await EachAsync(families, (family, turn, stop) => family.SearchAsync(turn, stop), cancellation).ConfigureAwait(false);
        return families.Sum(family => family.Ran);
    });

    private async Task<T> WithFamiliesAsync<T>(Func<FamilyContest[], Task<T>> use)
    {
        var memory = options.Memory with { Bytes = options.Memory.Bytes / field.Folds.Folds.Count };
        SharedFits[] shared = [.. field.Folds.Folds.Select(fold => new SharedFits(fold.Train, fold.Ngrams) { Memory = memory })];
        try
        {
            return await use(Families(shared)).ConfigureAwait(false);
        }
        finally
        {
            foreach (var one in shared)
                one.Dispose();
        }
    }

    private async Task<ContestOutcome> RunAsync(FamilyContest[] families, CancellationToken cancellation)
    {
        var bests = new ConcurrentDictionary<string, Contestant>(StringComparer.Ordinal);
        await EachAsync(families, async (family, turn, stop) =>
        {
            if (await family.RunAsync(turn, stop).ConfigureAwait(false) is { } best)
                bests[family.Family] = best;
        }, cancellation).ConfigureAwait(false);
        if (bests.IsEmpty)
            studies.Enough.ThrowIfCancellationRequested();
        var contestants = options.Families.Where(bests.ContainsKey).Select(family => bests[family]).ToList();
        return contestants.Count > 0 ? Choose(contestants, families) : throw new DatasetException(NothingFound(families));
    }

    private FamilyContest[] Families(SharedFits[] shared)
    {
        var memory = new MemoryGate(_contest.MemoryBytes);
        FamilyContest[] families =
        [
            .. options.Families.Select(ModelFamilies.Of).OrderByDescending(family => family.Complexity).Select(family => new FamilyContest(family, field, shared, memory, options, studies)),
        ];
        RequireSmallGrids(families);
        return families;
    }

    /// <summary>Of a grid that is not tried to its end, only the last parameters would have been changed.</summary>
    private void RequireSmallGrids(FamilyContest[] families)
    {
        if (_contest.ToSampler() is not GridSampler grid)
            return;
        var large = families.Where(family => family.Standing.Skipped is null).Select(family => (family.Family, Points: grid.Combinations(family.Space))).Where(family => family.Points > _contest.Trials).ToArray();
        if (large.Length > 0)
            throw new TuningException(string.Create(
                CultureInfo.InvariantCulture,
                $"grid_points: with {grid.Points} a number, the grid has more points than the {_contest.Trials:n0} trials of a family: {string.Join(", ", large.Select(family => $"{family.Family} {Text(family.Points)}"))}. Lower grid_points, raise trials, leave those families out, or choose another sampler."));
    }

    private static string Text(BigInteger points) => points.ToString("n0", CultureInfo.InvariantCulture);

    /// <summary>What stops one, such as a lease that is over, stops all.</summary>
    private async Task EachAsync(FamilyContest[] families, Func<FamilyContest, SearchTurn, CancellationToken, Task> run, CancellationToken cancellation)
    {
        var running = families.Where(family => family.Standing.Skipped is null).ToArray();
        // The dearest first, so that the end is not one family alone; where time may run out, the simplest.
        if (_contest.Timeout is not null)
            Array.Reverse(running);
        var atATime = Math.Max(1, Math.Min(options.Threads, running.Length));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellation };
        _waiting = running.Length;
        using var limit = new TimeLimit(_contest.Timeout, studies.Time, () => Array.Exists(running, family => family.Standing.BestValue is not null));
        Action<FamilyStanding> told = standing =>
        {
            Told(standing);
            limit.Check();
        };
        await Parallel.ForEachAsync(running, parallel, async (family, stop) =>
        {
            await run(family, new SearchTurn(TimeOfNext(atATime), Math.Max(1, options.Threads / atATime), told, limit.Over), stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>The time of the contest that is left, shared with the families that have not begun; 0 where there is none.</summary>
    private TimeSpan? TimeOfNext(int atATime)
    {
        var waiting = Interlocked.Decrement(ref _waiting) + 1;
        if (_contest.Timeout is not { } timeout)
            return null;
        var share = (timeout - studies.Time.GetElapsedTime(_begun)) / Math.Ceiling((double)waiting / atATime);
        return share > TimeSpan.Zero ? share : TimeSpan.Zero;
    }

    private ContestOutcome Choose(List<Contestant> contestants, FamilyContest[] families)
    {
        var (labels, classes) = (field.Folds.Labels, field.Folds.Classes);
        var standings = families.Select(family => family.Standing with { Note = family.Standing.Best is null && family.Standing.Skipped is null ? family.WhyNone() : family.Standing.Note }).ToList();
        var together = Together(contestants);
        foreach (var one in together)
        {
            var costs = Costs(one, contestants);
            var isAllowed = costs is null || costs.ShareOf(_contest) <= 1;
            var note = isAllowed ? null : $"over the limits with {FamilyContest.Describe(costs!)}";
            standings.Add(new FamilyStanding(one.Contestant.Result.Candidate.Family, null, 1, 0, 0, isAllowed ? one.Contestant.Result : null) { Costs = costs, Note = note });
            if (isAllowed)
                contestants.Add(one.Contestant);
        }
        var choice = ContestChoice.Among(contestants, labels, classes, _contest, options.Seed, options.Threads);
        var behind = choice.Behind.ToDictionary(pair => pair.Key.Result.Candidate.Family, pair => pair.Value);
        var report = new ContestReport(
            [.. standings.Select(standing => standing with { BehindBest = behind.GetValueOrDefault(standing.Family) }).OrderByDescending(standing => standing.Best?.MacroF1 ?? -1)],
            choice.Chosen.Result.Candidate.Family, choice.Why)
        {
            Judged = _contest.Judged,
            Objectives = _contest.Objectives,
            Front = _contest.Objectives.Count == 1 ? null : ContestFront.Of(families.Select(family => (family.Family, family.Trials)), _contest.Objectives),
            NotReproducible = _contest.NotReproducible,
        };
        progress?.Report(new TrainingProgress("choose", 1, 1, choice.Why));
        return new ContestOutcome(choice.Chosen, [.. contestants.Select(one => one.Result)], together.FirstOrDefault(one => one.Contestant == choice.Chosen), report);
    }

    /// <summary>The best of each family voting, and stacked.</summary>
    private EnsembleContestant[] Together(List<Contestant> contestants)
    {
        if (!_contest.Ensemble || contestants.Count < 2)
            return [];
        var (labels, classes) = (field.Folds.Labels, field.Folds.Classes);
        var folds = CalibratedContestant.FoldsOf(labels.Length, options.Seed);
        var members = new CalibratedContestant[contestants.Count];
        Parallel.For(0, members.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, i => members[i] = CalibratedContestant.Of(contestants[i], labels, classes, folds));
        EnsembleContestant?[] both = [EnsembleSelection.Select(members, labels, classes), Stacking.Fit(members, labels, classes, folds, options.Threads)];
        return [.. both.OfType<EnsembleContestant>()];
    }

    /// <summary>Of the members together, which share what turns a text into features; null where nobody asks.</summary>
    private ModelCosts? Costs(EnsembleContestant ensemble, List<Contestant> contestants)
    {
        if (_contest.Objectives.Count == 1)
            return null;
        var result = ensemble.Contestant.Result;
        var members = ensemble.Members.Select(member => (contestants.Single(one => one.Result == member.Result).Models, Fit: member)).ToArray();
        var models = field.Folds.Folds.Select((_, fold) => new FittedEnsemble(
            result.Candidate.Family, field.Folds.Classes, [.. members.Select(member => (member.Models![fold], member.Fit.Weight, member.Fit.Calibration))], ensemble.Stacking));
        return ModelCosts.Of(_contest.Objectives, [result.MacroF1, .. field.Costs.Measure([.. models])]);
    }

    private void Told(FamilyStanding standing)
    {
        var best = standing.BestValue is { } value ? string.Create(CultureInfo.InvariantCulture, $", macro-F1 {value:f4}") : "";
        var lost = (standing.Pruned, standing.Failed) switch
        {
            (0, 0) => "",
            (var pruned, 0) => FormattableString.Invariant($", {pruned} pruned"),
            var (pruned, failed) => FormattableString.Invariant($", {pruned} pruned, {failed} failed"),
        };
        progress?.Report(new TrainingProgress(
            standing.Family, standing.Trials, _contest.Trials, FormattableString.Invariant($"{standing.Trials} of {_contest.Trials} trials{best}{lost}"))
        { Standing = standing });
    }

    private static string NothingFound(FamilyContest[] families)
    {
        var isLimited = families.Any(family => family.Trials.Any(trial => trial.State == TrialState.Complete));
        var why = string.Join("; ", families.Select(family => $"{family.Family}: {family.WhyNone()}"));
        return isLimited
            ? $"No trial of any family is within max_latency_us and max_size_mb: {why}. Raise the limits, lower max_features, or give it more trials."
            : $"No trial of any family is complete: {why}";
    }
}
