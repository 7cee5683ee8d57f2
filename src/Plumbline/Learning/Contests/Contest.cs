using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using Plumbline.Datasets;
using Plumbline.Learning.Families;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Families against each other: a study for each, so many at a time as there are threads, the slowest families first; then the best of each, and those voting together, are
/// compared on valid. The same for the same data, options and seed, whatever the number of threads, unless <see cref="ContestOptions.NotReproducible"/> says why not.
/// </summary>
internal sealed class Contest(ContestField field, TrainingOptions options, ContestStudies studies, IProgress<TrainingProgress>? progress)
{
    private readonly ContestOptions _contest = options.Contest!;

    /// <exception cref="DatasetException">No family has a complete trial within the limits; the message says why of each.</exception>
    /// <exception cref="TuningException">A grid has more points than there are trials.</exception>
    public async Task<ContestOutcome> RunAsync(CancellationToken cancellation)
    {
        using var shared = new SharedFits(field.Train, field.Ngrams) { Memory = options.Memory };
        var families = Families(shared);
        var bests = new ConcurrentDictionary<string, Contestant>(StringComparer.Ordinal);
        await EachAsync(families, async (family, threads) =>
        {
            if (await family.RunAsync(threads, Told, cancellation).ConfigureAwait(false) is { } best)
                bests[family.Family] = best;
        }, cancellation).ConfigureAwait(false);
        if (bests.IsEmpty)
            studies.Enough.ThrowIfCancellationRequested();
        var contestants = options.Families.Where(bests.ContainsKey).Select(family => bests[family]).ToList();
        return contestants.Count > 0 ? Choose(contestants, families) : throw new DatasetException(NothingFound(families));
    }

    /// <summary>Runs trials beside the process that holds the contest, until all are finished; nothing is chosen.</summary>
    /// <returns>Trials that this process finished.</returns>
    public async Task<int> WorkAsync(CancellationToken cancellation)
    {
        using var shared = new SharedFits(field.Train, field.Ngrams) { Memory = options.Memory };
        var families = Families(shared);
        await EachAsync(families, (family, threads) => family.SearchAsync(threads, Told, cancellation), cancellation).ConfigureAwait(false);
        return families.Sum(family => family.Ran);
    }

    private FamilyContest[] Families(SharedFits shared)
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

    private Task EachAsync(FamilyContest[] families, Func<FamilyContest, int, Task> run, CancellationToken cancellation)
    {
        var running = families.Where(family => family.Standing.Skipped is null).ToArray();
        var atATime = Math.Max(1, Math.Min(options.Threads, running.Length));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellation };
        return Parallel.ForEachAsync(running, parallel, async (family, _) => await run(family, Math.Max(1, options.Threads / atATime)).ConfigureAwait(false));
    }

    private ContestOutcome Choose(List<Contestant> contestants, FamilyContest[] families)
    {
        var (labels, classes) = (field.ValidLabels, field.Valid.Classes);
        var standings = families.Select(family => family.Standing with { Note = family.Standing.Best is null && family.Standing.Skipped is null ? family.WhyNone() : family.Standing.Note }).ToList();
        var ensemble = _contest.Ensemble && contestants.Count > 1 ? EnsembleSelection.Select(contestants, labels, classes) : null;
        if (ensemble is not null)
        {
            var costs = Costs(ensemble, contestants);
            var isAllowed = costs is null || costs.ShareOf(_contest) <= 1;
            var note = isAllowed ? null : $"over the limits with {FamilyContest.Describe(costs!)}";
            standings.Add(new FamilyStanding(EnsembleSelection.Family, null, 1, 0, 0, isAllowed ? ensemble.Contestant.Result : null) { Costs = costs, Note = note });
            if (isAllowed)
                contestants.Add(ensemble.Contestant);
        }
        var choice = ContestChoice.Among(contestants, labels, classes, _contest.StandardErrors, options.Seed, options.Threads);
        var behind = choice.Behind.ToDictionary(pair => pair.Key.Result.Candidate.Family, pair => pair.Value);
        var report = new ContestReport(
            [.. standings.Select(standing => standing with { BehindBest = behind.GetValueOrDefault(standing.Family) }).OrderByDescending(standing => standing.Best?.MacroF1 ?? -1)],
            choice.Chosen.Result.Candidate.Family, choice.Why)
        {
            Objectives = _contest.Objectives,
            Front = _contest.Objectives.Count == 1 ? null : ContestFront.Of(families.Select(family => (family.Family, family.Trials)), _contest.Objectives),
            NotReproducible = _contest.NotReproducible,
        };
        progress?.Report(new TrainingProgress("choose", 1, 1, choice.Why));
        return new ContestOutcome(
            choice.Chosen, [.. contestants.Select(one => one.Result)], choice.Chosen == ensemble?.Contestant ? ensemble.Members : null, report);
    }

    /// <summary>Of the members together, which share what turns a text into features; null where nobody asks.</summary>
    private ModelCosts? Costs(EnsembleContestant ensemble, List<Contestant> contestants)
    {
        if (_contest.Objectives.Count == 1)
            return null;
        var members = ensemble.Members.Select(member => (contestants.Single(one => one.Result == member.Result).Model!, member.Weight, member.Calibration));
        var model = new FittedEnsemble(EnsembleSelection.Family, field.Valid.Classes, [.. members]);
        return ModelCosts.Of(_contest.Objectives, [ensemble.Contestant.Result.MacroF1, .. field.Costs.Measure(model)]);
    }

    private void Told(FamilyStanding standing)
    {
        var best = standing.Best is { } result ? string.Create(CultureInfo.InvariantCulture, $", best macro-F1 {result.MacroF1:f4}") : "";
        var lost = (standing.Pruned, standing.Failed) switch
        {
            (0, 0) => "",
            (var pruned, 0) => FormattableString.Invariant($", {pruned} pruned"),
            var (pruned, failed) => FormattableString.Invariant($", {pruned} pruned, {failed} failed"),
        };
        progress?.Report(new TrainingProgress(
            standing.Family, standing.Trials, _contest.Trials, FormattableString.Invariant($"{standing.Trials} of {_contest.Trials} trials{lost}{best}"))
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
