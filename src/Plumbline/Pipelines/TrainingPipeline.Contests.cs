using System.Text;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Evaluation;
using Plumbline.Storage;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Pipelines;

public sealed partial class TrainingPipeline
{
    private const int WarmStarts = 3;

    private static string Holder => $"{Environment.MachineName}, process {Environment.ProcessId}";

    /// <summary>
    /// Runs trials of a shared contest beside the process that holds it, or after that one died, until all are finished. Nothing is chosen or published here: that does who
    /// holds the contest.
    /// </summary>
    /// <param name="request">As it was begun.</param>
    /// <param name="snapshot">The one that it is held on.</param>
    /// <param name="threads">Of this process; null: all cores.</param>
    /// <param name="enough">Ends the work; trials that run are given back to the others.</param>
    /// <returns>Trials that were finished here.</returns>
    /// <exception cref="TuningException">The contest is not shared, or other code began it.</exception>
    public async Task<int> WorkAsync(ContestRequest request, Snapshot snapshot, int? threads, IProgress<TrainingProgress>? progress, CancellationToken enough)
    {
        if (!request.Options.Contest!.Shared)
            throw new TuningException($"Contest {request.Name} is not shared: only who holds it may run its trials, so that it repeats exactly. Begin one with train --shared.");
        if (request.CodeVersion != CodeVersion.Current)
            throw new TuningException($"Contest {request.Name} was begun by version {request.CodeVersion}, and this is {CodeVersion.Current}: their trials cannot be compared. Work with that version, or begin the contest anew with this one.");
        var options = request.Options with { Threads = threads ?? Environment.ProcessorCount, Memory = request.Options.Memory with { Folder = home.Temporary } };
        await using var lease = await WorkerLeaseAsync(request, enough).ConfigureAwait(false);
        var studies = await StudiesAsync(request, lease.Lease, enough).ConfigureAwait(false);
        var rows = new SnapshotRows(snapshot);
        return Trainer.Work(DataOf(snapshot, rows, enough), options, progress, studies, enough);
    }

    /// <summary>Runs the trials of one family of a contest that is held afterwards, or goes on with them, under a lease of the family's: whoever else runs them is waited for.</summary>
    /// <param name="options">With a contest. A limit of time counts for each family by itself.</param>
    /// <param name="cancellation">Gives trials that run back.</param>
    /// <returns>How its study stands; null where it has none.</returns>
    /// <exception cref="DatasetException">The data cannot be trained on.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public async Task<StudySummary?> TuneAsync(Snapshot snapshot, TrainingOptions options, string experiment, string family, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        options = Prepared(options, snapshot);
        var request = new ContestRequest(experiment, snapshot.Digest, CodeVersion.Current, options);
        await new ContestStore(store, time).SaveAsync(request, cancellation).ConfigureAwait(false);
        await using var lease = await HeldLease.AcquireAsync(
            new LeaseStore(store, time), $"{LeaseOf(request)} family {family}", Holder, time,
            holder => progress?.Report(new TrainingProgress(family, 0, 1, $"waiting for {holder.Holder}, who tunes it")), cancellation).ConfigureAwait(false);
        var studies = await StudiesAsync(request, lease.Lease, cancellation).ConfigureAwait(false);
        var rows = new SnapshotRows(snapshot);
        Trainer.Work(DataOf(snapshot, rows, cancellation), options with { Families = [family] }, progress, studies, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return (await new StudyStore(store, time).ListAsync(studies.NameOf(family), cancellation).ConfigureAwait(false)).FirstOrDefault(study => study.Name == studies.NameOf(family));
    }

    /// <summary>Holds the contest, or goes on with it, under a lease: whoever else holds it is waited for.</summary>
    private async Task<TrainingResult> ContestAsync(
        Snapshot snapshot, ContestRequest request, string runId, long since, IProgress<TrainingProgress>? progress, CancellationToken enough)
    {
        await new ContestStore(store, time).SaveAsync(request, enough).ConfigureAwait(false);
        await using var lease = await HeldLease.AcquireAsync(
            new LeaseStore(store, time), LeaseOf(request), Holder, time,
            holder => progress?.Report(new TrainingProgress("wait", 0, 1, $"contest {request.Name} is held by {holder.Holder}; waiting until it ends")), enough).ConfigureAwait(false);
        var host = await StudiesAsync(request, lease.Lease, enough).ConfigureAwait(false);
        if (IsTuned && request.Options.Contest!.Timeout is not null)
            host = host with { Enough = new CancellationToken(canceled: true) };
        var result = Train(snapshot, request.Options, runId, since, progress, host, CancellationToken.None);
        await ShowAsync(result, request).ConfigureAwait(false);
        return result;
    }

    private async Task ShowAsync(TrainingResult result, ContestRequest request)
    {
        var studies = await new StudyStore(store, time).ListAsync(request.Name + "/", CancellationToken.None).ConfigureAwait(false);
        var page = ContestPage.Render(request.Experiment, result.Contest!, studies, EvaluationPage.PageFile);
        AtomicFile.Write(Path.Combine(result.Artifacts, ContestPage.PageFile), stream => stream.Write(Encoding.UTF8.GetBytes(page)));
    }

    private static IEnumerable<TrialParameters> EarlierBests(IEnumerable<StudySummary> studies, ContestRequest request, string family) => studies
        .Where(study => study.Name.EndsWith("/" + family, StringComparison.Ordinal)
            && !study.Name.StartsWith(request.Name + "/", StringComparison.Ordinal))
        .Select(study => study.Best?.Parameters).OfType<TrialParameters>().Take(WarmStarts);

    private async Task<ContestStudies> StudiesAsync(ContestRequest request, Lease lease, CancellationToken enough)
    {
        var studies = new StudyStore(store, time);
        var earlier = request.Options.Contest!.WarmStart ? await studies.ListAsync(request.Experiment + "/", enough).ConfigureAwait(false) : [];
        return new ContestStudies(studies, request.Name, lease.Token, time, family => [.. EarlierBests(earlier, request, family)]) { Enough = enough };
    }

    /// <summary>Of the first number that no living worker has, so that dead ones leave few names behind.</summary>
    private async Task<HeldLease> WorkerLeaseAsync(ContestRequest request, CancellationToken cancellation)
    {
        for (var number = 1; ; number++)
        {
            if (await HeldLease.TryAcquireAsync(new LeaseStore(store, time), FormattableString.Invariant($"{LeaseOf(request)} worker {number}"), Holder, time, cancellation).ConfigureAwait(false) is { } lease)
                return lease;
        }
    }

    private static string LeaseOf(ContestRequest request) => $"contest {request.Name}";
}
