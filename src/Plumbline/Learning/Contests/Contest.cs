using System.Collections.Concurrent;
using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Families;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Families against each other: a study for each, so many at a time as there are threads and memory, the slowest families first; then the best of each, and those voting together, are
/// compared on valid. The same for the same data, options and seed, whatever the number of threads, unless a budget of time is given.
/// </summary>
internal sealed class Contest(FeatureMatrix train, FeatureMatrix valid, int ngrams, TrainingOptions options, ContestStudies studies, IProgress<TrainingProgress>? progress)
{
    private readonly long _begun = studies.Time.GetTimestamp();
    private int _waiting;

    /// <exception cref="DatasetException">No family has a complete trial; the message says why of each.</exception>
    public async Task<ContestOutcome> RunAsync(CancellationToken cancellation)
    {
        using var shared = new SharedFits(train, ngrams) { Memory = options.Memory };
        var families = options.Families.Select(ModelFamilies.Of).OrderByDescending(family => family.Complexity)
            .Select(family => new FamilyContest(family, train, valid, ngrams, shared, options, studies)).ToArray();
        var running = families.Where(family => family.Standing.Skipped is null).ToArray();
        var threads = Math.Min(options.Threads, AffordableFits());
        var atATime = Math.Max(1, Math.Min(threads, running.Length));
        var bests = new ConcurrentDictionary<string, Contestant>(StringComparer.Ordinal);
        _waiting = running.Length;
        // What stops one, such as a lease that is over, stops all.
        await Parallel.ForEachAsync(running, new ParallelOptions { MaxDegreeOfParallelism = atATime, CancellationToken = cancellation }, async (family, stop) =>
        {
            if (await family.RunAsync(TimeOfNext(atATime), Math.Max(1, threads / atATime), Told, stop).ConfigureAwait(false) is { } best)
                bests[family.Family] = best;
        }).ConfigureAwait(false);
        if (bests.IsEmpty)
            studies.Enough.ThrowIfCancellationRequested();
        var contestants = options.Families.Where(bests.ContainsKey).Select(family => bests[family]).ToList();
        return contestants.Count > 0 ? Choose(contestants, [.. families.Select(family => family.Standing)]) : throw new DatasetException(NothingFound(families));
    }

    /// <summary>
    /// Fits at a time that half of the memory has room for, at least one: a linear one holds its weights twice, one of trees scores and derivatives of every row, for each class.
    /// </summary>
    private int AffordableFits()
    {
        var bytes = Math.Max(2L * sizeof(float) * train.Columns, 4L * sizeof(double) * train.Rows) * train.Classes;
        return (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / bytes, 1, int.MaxValue);
    }

    /// <summary>The time of the contest that is left, shared with the families that have not begun.</summary>
    private TimeSpan? TimeOfNext(int atATime)
    {
        var waiting = Interlocked.Decrement(ref _waiting) + 1;
        if (options.Contest!.Timeout is not { } timeout)
            return null;
        var share = (timeout - studies.Time.GetElapsedTime(_begun)) / Math.Ceiling((double)waiting / atATime);
        return share > TimeSpan.Zero ? share : TimeSpan.FromTicks(1);
    }

    private ContestOutcome Choose(List<Contestant> contestants, List<FamilyStanding> standings)
    {
        var (labels, classes) = (valid.Labels(), valid.Classes);
        var ensemble = options.Contest!.Ensemble && contestants.Count > 1 ? EnsembleSelection.Select(contestants, labels, classes, options.Threads) : null;
        if (ensemble is not null)
        {
            contestants.Add(ensemble.Contestant);
            standings.Add(new FamilyStanding(EnsembleSelection.Family, null, 1, 0, 0, ensemble.Contestant.Result));
        }
        var choice = ContestChoice.Among(contestants, labels, classes, options.Contest!.StandardErrors, options.Seed, options.Threads);
        var behind = choice.Behind.ToDictionary(pair => pair.Key.Result.Candidate.Family, pair => pair.Value);
        var report = new ContestReport(
            [.. standings.Select(standing => standing with { BehindBest = behind.GetValueOrDefault(standing.Family) }).OrderByDescending(standing => standing.Best?.MacroF1 ?? -1)],
            choice.Chosen.Result.Candidate.Family, choice.Why);
        progress?.Report(new TrainingProgress("choose", 1, 1, choice.Why));
        return new ContestOutcome(
            choice.Chosen, [.. contestants.Select(one => one.Result)], choice.Chosen == ensemble?.Contestant ? ensemble.Members : null, report);
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
            standing.Family, standing.Trials, options.Contest!.Trials, FormattableString.Invariant($"{standing.Trials} of {options.Contest.Trials} trials{best}{lost}"))
        { Standing = standing });
    }

    private string NothingFound(IEnumerable<FamilyContest> families) => "No trial of any family is complete: "
        + string.Join("; ", families.Select(family => $"{family.Family}: {family.Standing.Skipped ?? $"{family.Standing.Failed} failed, {family.Standing.Pruned} pruned (plumbline studies show {studies.NameOf(family.Family)} says why)"}"));
}
