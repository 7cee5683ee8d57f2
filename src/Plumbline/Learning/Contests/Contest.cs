using System.Collections.Concurrent;
using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Families against each other: a study for each, so many at a time as there are threads, the slowest families first; then the best of each, those voting together, and those
/// stacked are compared on the rows held out. The same for the same data, options and seed, whatever the number of threads, unless a budget of time is given.
/// </summary>
internal sealed class Contest(FoldSet folds, TrainingOptions options, ContestStudies studies, IProgress<TrainingProgress>? progress)
{
    /// <exception cref="DatasetException">No family has a complete trial; the message says why of each.</exception>
    public async Task<ContestOutcome> RunAsync(CancellationToken cancellation)
    {
        var memory = options.Memory with { Bytes = options.Memory.Bytes / folds.Folds.Count };
        var shared = folds.Folds.Select(fold => new SharedFits(fold.Train, fold.Ngrams) { Memory = memory }).ToArray();
        try
        {
            return await RunAsync(shared, cancellation).ConfigureAwait(false);
        }
        finally
        {
            foreach (var one in shared)
                one.Dispose();
        }
    }

    private async Task<ContestOutcome> RunAsync(SharedFits[] shared, CancellationToken cancellation)
    {
        var families = options.Families.Select(ModelFamilies.Of).OrderByDescending(family => family.Complexity)
            .Select(family => new FamilyContest(family, folds, shared, options, studies)).ToArray();
        var running = families.Where(family => family.Standing.Skipped is null).ToArray();
        var atATime = Math.Max(1, Math.Min(options.Threads, running.Length));
        var bests = new ConcurrentDictionary<string, Contestant>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(running, new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellation }, async (family, _) =>
        {
            if (await family.RunAsync(Math.Max(1, options.Threads / atATime), Told, cancellation).ConfigureAwait(false) is { } best)
                bests[family.Family] = best;
        }).ConfigureAwait(false);
        if (bests.IsEmpty)
            studies.Enough.ThrowIfCancellationRequested();
        var contestants = options.Families.Where(bests.ContainsKey).Select(family => bests[family]).ToList();
        return contestants.Count > 0 ? Choose(contestants, [.. families.Select(family => family.Standing)]) : throw new DatasetException(NothingFound(families));
    }

    private ContestOutcome Choose(List<Contestant> contestants, List<FamilyStanding> standings)
    {
        var (labels, classes) = (folds.Labels, folds.Classes);
        var together = Together(contestants);
        foreach (var one in together)
        {
            contestants.Add(one.Contestant);
            standings.Add(new FamilyStanding(one.Contestant.Result.Candidate.Family, null, 1, 0, 0, one.Contestant.Result));
        }
        var choice = ContestChoice.Among(contestants, labels, classes, options.Contest!, options.Seed, options.Threads);
        var behind = choice.Behind.ToDictionary(pair => pair.Key.Result.Candidate.Family, pair => pair.Value);
        var report = new ContestReport(
            [.. standings.Select(standing => standing with { BehindBest = behind.GetValueOrDefault(standing.Family) }).OrderByDescending(standing => standing.Best?.MacroF1 ?? -1)],
            choice.Chosen.Result.Candidate.Family, choice.Why)
        { Judged = options.Contest!.Judged };
        progress?.Report(new TrainingProgress("choose", 1, 1, choice.Why));
        return new ContestOutcome(choice.Chosen, [.. contestants.Select(one => one.Result)], together.FirstOrDefault(one => one.Contestant == choice.Chosen), report);
    }

    /// <summary>The best of each family voting, and stacked.</summary>
    private EnsembleContestant[] Together(List<Contestant> contestants)
    {
        if (!options.Contest!.Ensemble || contestants.Count < 2)
            return [];
        var members = contestants.Select(one => CalibratedContestant.Of(one, folds.Labels, folds.Classes)).ToArray();
        EnsembleContestant?[] both =
        [
            EnsembleSelection.Select(members, folds.Labels, folds.Classes),
            Stacking.Fit(members, folds.Labels, folds.Classes, options.Seed, options.Threads),
        ];
        return [.. both.OfType<EnsembleContestant>()];
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
            standing.Family, standing.Trials, options.Contest!.Trials, FormattableString.Invariant($"{standing.Trials} of {options.Contest.Trials} trials{lost}{best}"))
        { Standing = standing });
    }

    private string NothingFound(IEnumerable<FamilyContest> families) => "No trial of any family is complete: "
        + string.Join("; ", families.Select(family => $"{family.Family}: {family.Standing.Skipped ?? $"{family.Standing.Failed} failed, {family.Standing.Pruned} pruned (plumbline studies show {studies.NameOf(family.Family)} says why)"}"));
}
