using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Training;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Schedules;

/// <summary>The pipeline <c>training</c> for times that are over, with a real store and real trainings.</summary>
public sealed class BackfilledTrainingTests : IDisposable
{
    private const int RowsADay = 300;

    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StartAsync_Training_IsOfWhatWasThereAtTheEndOfEachInterval()
    {
        var home = new Home(_folder.Path);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var pipelines = new PipelineStore(store, TimeProvider.System);
        File.WriteAllLines(_folder.File("days.csv"), ["text,label,time", .. Enumerable.Range(0, 3 * RowsADay).Select(Row)]);
        var data = new IngestOptions { Source = new SourceOptions { Path = _folder.File("days.csv") } };
        var training = new TrainingParameters { Model = "reviews", Experiment = "reviews", Training = TrainingOptions.Default with { Threads = 1 }, Promote = false };
        var catalogue = new PipelineCatalogue(TrainingGraph.Create(new TrainingPlan(home, data, training)));

        var intervals = Backfill.Intervals(TimeSpan.FromDays(1), Begin, Begin.AddDays(2), TimeProvider.System.GetUtcNow());
        var trigger = new RunTrigger(TriggerKind.Backfill, "test", "");
        var runs = await Backfill.StartAsync(pipelines, catalogue.Get("training"), "every day", intervals, [], trigger, Token);
        var now = await pipelines.StartAsync(catalogue.Get("training"), new RunRequest([], new RunTrigger(TriggerKind.Manual, "test", "")), Token);
        var rows = new List<long>();
        // A backfill lets others go first.
        foreach (var run in new[] { runs[0], now, runs[1] })
        {
            await new PipelineWorker(pipelines, catalogue, new PipelineWorkerOptions { Run = run.Id }, home).RunAsync(Token);
            (await pipelines.GetAsync(run.Id, Token)).State.ShouldBe(RunState.Succeeded);
            rows.Add((long)(await pipelines.OutputAsync(run.Id, "ingest", cancellation: Token))!["rows"]!);
        }
        rows.ShouldBe([RowsADay, 3 * RowsADay, 2 * RowsADay]);
    }

    private static string Row(int number) =>
        FormattableString.Invariant($"{(number % 2 == 0 ? "fine" : "poor")} text {number},{(number % 2 == 0 ? "good" : "bad")},{Begin.AddDays(number / RowsADay):yyyy-MM-dd}T12:00:00Z");
}
