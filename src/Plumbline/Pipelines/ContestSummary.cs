using System.Text.Json;
using Plumbline.Learning.Contests;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;
using Plumbline.Tuning;

namespace Plumbline.Pipelines;

/// <summary>A contest as it stands.</summary>
/// <param name="Name">What the names of its studies begin with.</param>
/// <param name="Studies">Of its families, those that began.</param>
/// <param name="Report">Of the last run that finished it; where there is none, how it stands by its studies.</param>
/// <param name="RunId">That run; null where there is none.</param>
public sealed record ContestSummary(string Name, ContestRequest Request, IReadOnlyList<StudySummary> Studies, ContestReport Report, string? RunId)
{
    /// <summary>Trials that were run since the report.</summary>
    public int TrialsSince => Math.Max(0, Studies.Sum(study => study.Trials.Count(trial => trial.IsFinished)) - Report.Families.Sum(family => family.Study is null ? 0 : family.Trials));

    /// <param name="artifacts">Where runs keep their reports: one of another host is fetched.</param>
    /// <exception cref="Storage.MetadataException">A store is unavailable or damaged.</exception>
    /// <exception cref="IOException">The report cannot be read.</exception>
    public static async Task<ContestSummary> ReadAsync(
        string name, ContestRequest request, SharedArtifacts artifacts, TrackingStore tracking, StudyStore studies, CancellationToken cancellation = default)
    {
        var all = await studies.ListAsync(name + "/", cancellation).ConfigureAwait(false);
        var runs = await tracking.ListRunsAsync(new RunQuery { Filter = $"tags.{TrainingPipeline.ContestTag} = '{name.Replace("'", "''", StringComparison.Ordinal)}'" }, cancellation).ConfigureAwait(false);
        foreach (var run in runs.Runs.Where(run => run.Status == RunStatus.Finished))
        {
            var file = Path.Combine(artifacts.Home.Runs, run.Id, TrainingPipeline.ContestFile);
            if (!File.Exists(file))
                await artifacts.FetchAsync(new ArtifactTree(ArtifactKind.Runs, run.Id), cancellation).ConfigureAwait(false);
            if (Read(file) is { } report)
                return new ContestSummary(name, request, all, report, run.Id);
        }
        return new ContestSummary(name, request, all, ContestReport.Unfinished(name, request.Options, all), null);
    }

    /// <returns>Null where the run's files were removed.</returns>
    private static ContestReport? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), ContestJson.Default.ContestReport);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException($"{file} is not a contest's report ({damaged.Message}); remove it, and studies show does without.", damaged);
        }
    }
}
