using FsCheck;
using FsCheck.Fluent;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Tracking;

/// <summary>Tracking over a metadata store of any kind.</summary>
public abstract partial class TrackingStoreContract : BackendTests
{
    private static readonly string Digest = new('a', 64);

    private readonly ManualTime _time = new();

    private TrackingStore Tracking => new(Store, _time);

    [Fact]
    public async Task GetExperiment_NewStore_DefaultIsZero()
    {
        var experiment = await Tracking.GetExperimentAsync(0, Token);
        experiment.Name.ShouldBe("Default");
        experiment.Stage.ShouldBe(LifecycleStage.Active);
        experiment.CreationTime.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task CreateExperiment_Names_NumberedFromOneAndUnique()
    {
        (await Tracking.CreateExperimentAsync("reviews", Token)).Id.ShouldBe(1);
        (await Tracking.CreateExperimentAsync("tickets", Token)).Id.ShouldBe(2);
        var exception = await Refused(MetadataError.Conflict, () => Tracking.CreateExperimentAsync("reviews", Token));
        exception.Message.ShouldContain("'reviews'");
        (await Tracking.ListExperimentsAsync(Token)).Select(experiment => experiment.Name).ShouldBe(["Default", "reviews", "tickets"]);
        await Refused(MetadataError.Invalid, () => Tracking.CreateExperimentAsync(" ", Token));
        await Refused(MetadataError.NotFound, () => Tracking.GetExperimentAsync(9, Token));
    }

    [Fact]
    public async Task EnsureExperiment_TwoStoresAtOnce_OneExperiment()
    {
        var other = new TrackingStore(OpenAnother(), _time);
        var experiments = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? Tracking : other).EnsureExperimentAsync("reviews", Token)));
        experiments.ShouldAllBe(experiment => experiment.Id == 1);
    }

    [Fact]
    public async Task CreateRun_Defaults_RunningInDefaultExperiment()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        run.Id.ShouldMatch("^[0-9a-f]{32}$");
        run.Name.ShouldBe("run-" + run.Id[..8]);
        run.ExperimentId.ShouldBe(0);
        run.Status.ShouldBe(RunStatus.Running);
        run.StartTime.ShouldBe(_time.UnixMilliseconds);
        run.EndTime.ShouldBeNull();
        run.ArtifactUri.ShouldBe("runs/" + run.Id);
        (await Tracking.GetRunAsync(run.Id, Token)).ShouldBeEquivalentTo(run);
    }

    [Fact]
    public async Task CreateRun_EverythingGiven_ComesBack()
    {
        var experiment = await Tracking.CreateExperimentAsync("reviews", Token);
        var parent = await Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id }, Token);
        var created = await Tracking.CreateRunAsync(
            new NewRun
            {
                ExperimentId = experiment.Id,
                Name = "naïve 🙂",
                ParentId = parent.Id,
                StartTime = 5,
                ArtifactUri = "s3://bucket/a",
                Data = new RunBatch
                {
                    Params = [KeyValuePair.Create("C", "0.1")],
                    Tags = [KeyValuePair.Create("note", "")],
                    Metrics = [new Metric("f1", 0.5, 0, 7)],
                    Inputs = [new DatasetInput(Digest, "training")],
                },
            },
            Token);
        var run = await Tracking.GetRunAsync(created.Id, Token);
        run.ShouldBeEquivalentTo(created);
        (run.Name, run.ParentId, run.StartTime, run.ArtifactUri).ShouldBe(("naïve 🙂", parent.Id, 5, "s3://bucket/a"));
        run.Params.ShouldBe([KeyValuePair.Create("C", "0.1")]);
        run.Tags.ShouldBe([KeyValuePair.Create(WellKnownTags.ParentRunId, parent.Id), KeyValuePair.Create(WellKnownTags.RunName, "naïve 🙂"), KeyValuePair.Create("note", "")]);
        run.Metrics["f1"].ShouldBe(new Metric("f1", 0.5, 0, 7));
        run.Inputs.ShouldBe([new DatasetInput(Digest, "training")]);
    }

    [Fact]
    public async Task CreateRun_UnknownOrDeletedPlace_Refused()
    {
        await Refused(MetadataError.NotFound, () => Tracking.CreateRunAsync(new NewRun { ExperimentId = 7 }, Token));
        await Refused(MetadataError.NotFound, () => Tracking.CreateRunAsync(new NewRun { ParentId = "nobody" }, Token));
        var experiment = await Tracking.CreateExperimentAsync("old", Token);
        (await Tracking.SetExperimentStageAsync(experiment.Id, LifecycleStage.Deleted, Token)).Stage.ShouldBe(LifecycleStage.Deleted);
        await Refused(MetadataError.Conflict, () => Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id }, Token));
        await Tracking.SetExperimentStageAsync(experiment.Id, LifecycleStage.Active, Token);
        await Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id }, Token);
    }

    [Fact]
    public async Task Log_ParamAgain_SameAcceptedOtherRefusedWithWholeBatch()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        await Tracking.LogAsync(run.Id, new RunBatch { Params = [KeyValuePair.Create("C", "1")] }, Token);
        await Tracking.LogAsync(run.Id, new RunBatch { Params = [KeyValuePair.Create("C", "1"), KeyValuePair.Create("D", "2")] }, Token);
        var exception = await Refused(
            MetadataError.Conflict,
            () => Tracking.LogAsync(run.Id, new RunBatch { Tags = [KeyValuePair.Create("t", "x")], Params = [KeyValuePair.Create("E", "3"), KeyValuePair.Create("C", "9")] }, Token));
        exception.Message.ShouldContain("'C'");
        var after = await Tracking.GetRunAsync(run.Id, Token);
        after.Params.Keys.Order().ShouldBe(["C", "D"]);
        after.Tags.Keys.ShouldBe([WellKnownTags.RunName]);
    }

    [Fact]
    public async Task Log_TagAgain_LastValueWins()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        await Tracking.LogAsync(run.Id, new RunBatch { Tags = [KeyValuePair.Create("t", "old")] }, Token);
        await Tracking.LogAsync(run.Id, new RunBatch { Tags = [KeyValuePair.Create("t", "new")] }, Token);
        (await Tracking.GetRunAsync(run.Id, Token)).Tags["t"].ShouldBe("new");
        await Tracking.LogAsync(run.Id, new RunBatch { Tags = [KeyValuePair.Create("t", "first"), KeyValuePair.Create("t", "last")] }, Token);
        (await Tracking.GetRunAsync(run.Id, Token)).Tags["t"].ShouldBe("last");
    }

    [Fact]
    public async Task Log_AnyDouble_ComesBackBitByBit()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        double[] values =
        [
            double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, 0.1 + 0.2, 1e300, 3,
            .. Gen.Sample(Gen.Select(ArbMap.Default.GeneratorFor<NormalFloat>(), value => value.Get), 100, 50),
        ];
        var metrics = values.Select((value, step) => new Metric("m", value, step, 0)).ToList();
        await Tracking.LogAsync(run.Id, new RunBatch { Metrics = metrics }, Token);
        (await Tracking.GetMetricHistoryAsync(run.Id, "m", Token)).ShouldBe(metrics);
    }

    [Fact]
    public async Task Log_SamePointAgain_StoredOnce()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        var batch = new RunBatch { Metrics = [new Metric("m", double.NaN, 1, 1), new Metric("m", 0, 1, 1)] };
        await Tracking.LogAsync(run.Id, batch, Token);
        await Tracking.LogAsync(run.Id, batch, Token);
        (await Tracking.GetMetricHistoryAsync(run.Id, "m", Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task GetRun_MetricOutOfOrder_LatestByStepThenTimestampThenValue()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        Metric[] points = [new("m", 1, 5, 10), new("m", 9, 4, 99), new("m", 2, 5, 11), new("m", 7, 5, 10), new("m", 3, 5, 11), new("m", 0, -1, 200)];
        foreach (var point in points)
            await Tracking.LogAsync(run.Id, new RunBatch { Metrics = [point] }, Token);
        var expected = points.OrderBy(point => (point.Step, point.Timestamp, point.Value)).ToList();
        (await Tracking.GetRunAsync(run.Id, Token)).Metrics["m"].ShouldBe(expected[^1]);
        (await Tracking.GetMetricHistoryAsync(run.Id, "m", Token)).ShouldBe(expected);
        (await Tracking.GetMetricHistoryAsync(run.Id, "other", Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Log_BadInput_RefusedWithTheValue()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        (await Refused(MetadataError.NotFound, () => Tracking.LogAsync("nobody", new RunBatch(), Token))).Message.ShouldContain("'nobody'");
        await Refused(MetadataError.Invalid, () => Tracking.LogAsync(run.Id, new RunBatch { Metrics = [new Metric("", 1, 0, 0)] }, Token));
        await Refused(MetadataError.Invalid, () => Tracking.LogAsync(run.Id, new RunBatch { Params = [KeyValuePair.Create("k", "a\0b")] }, Token));
        await Refused(MetadataError.Invalid, () => Tracking.LogAsync(run.Id, new RunBatch { Params = [KeyValuePair.Create("k", new string('x', 6001))] }, Token));
        await Refused(MetadataError.Invalid, () => Tracking.LogAsync(run.Id, new RunBatch { Inputs = [new DatasetInput("../../etc", "training")] }, Token));
    }

    [Fact]
    public async Task FinishRun_Again_FirstEndStaysOtherStatusRefused()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        await Refused(MetadataError.Invalid, () => Tracking.FinishRunAsync(run.Id, RunStatus.Running, cancellation: Token));
        _time.UnixMilliseconds += 1000;
        var finished = await Tracking.FinishRunAsync(run.Id, RunStatus.Finished, cancellation: Token);
        (finished.Status, finished.EndTime).ShouldBe((RunStatus.Finished, run.StartTime + 1000));
        _time.UnixMilliseconds += 1000;
        (await Tracking.FinishRunAsync(run.Id, RunStatus.Finished, cancellation: Token)).EndTime.ShouldBe(finished.EndTime);
        await Refused(MetadataError.Conflict, () => Tracking.FinishRunAsync(run.Id, RunStatus.Failed, cancellation: Token));
        await Refused(MetadataError.NotFound, () => Tracking.FinishRunAsync("nobody", RunStatus.Failed, cancellation: Token));
        await Tracking.LogAsync(run.Id, new RunBatch { Tags = [KeyValuePair.Create("late", "yes")] }, Token);
    }

    [Fact]
    public async Task SetRunStage_Deleted_HiddenUnloggableAndRestorable()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        await Tracking.SetRunStageAsync(run.Id, LifecycleStage.Deleted, Token);
        (await Tracking.ListRunsAsync(new RunQuery(), Token)).Runs.ShouldBeEmpty();
        (await Tracking.ListRunsAsync(new RunQuery { Stage = null }, Token)).Runs.ShouldHaveSingleItem().Stage.ShouldBe(LifecycleStage.Deleted);
        await Refused(MetadataError.Conflict, () => Tracking.LogAsync(run.Id, new RunBatch(), Token));
        await Tracking.SetRunStageAsync(run.Id, LifecycleStage.Active, Token);
        await Tracking.LogAsync(run.Id, new RunBatch(), Token);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task ListRuns_PageByPage_EachOnceNewestFirst(int limit)
    {
        var experiment = await Tracking.CreateExperimentAsync("reviews", Token);
        for (var i = 0; i < 10; i++)
        {
            var data = new RunBatch { Metrics = [new Metric("i", i, 0, 0)] };
            await Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id, StartTime = i / 3, Data = data }, Token);
            await Tracking.CreateRunAsync(new NewRun { StartTime = i }, Token);
        }
        var seen = new List<Run>();
        string? page = null;
        do
        {
            var (runs, next) = await Tracking.ListRunsAsync(new RunQuery { ExperimentIds = [experiment.Id], Limit = limit, PageToken = page }, Token);
            runs.Count.ShouldBeLessThanOrEqualTo(limit);
            seen.AddRange(runs);
            page = next;
            // Newer than all: must not push anything onto the next page again.
            await Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id, StartTime = 1000 }, Token);
        }
        while (page is not null);
        seen.Select(run => run.Id).Distinct().Count().ShouldBe(10);
        seen.Select(run => run.StartTime).ShouldBe([3, 2, 2, 2, 1, 1, 1, 0, 0, 0]);
        seen.Select(run => run.Metrics["i"].Value).Order().ShouldBe(Enumerable.Range(0, 10).Select(i => (double)i));
    }

    [Fact]
    public async Task ListRuns_BadQuery_Invalid()
    {
        await Refused(MetadataError.Invalid, () => Tracking.ListRunsAsync(new RunQuery { Limit = 0 }, Token));
        await Refused(MetadataError.Invalid, () => Tracking.ListRunsAsync(new RunQuery { PageToken = "1;DROP" }, Token));
    }

    [Fact]
    public async Task UpdateRun_Resumed_HasNoEndUntilItEndsAgain()
    {
        var run = await Tracking.CreateRunAsync(new NewRun { Name = "a" }, Token);
        (await Tracking.UpdateRunAsync(run.Id, new RunUpdate { Status = RunStatus.Failed, EndTime = 7 }, Token)).EndTime.ShouldBe(7);
        (await Tracking.UpdateRunAsync(run.Id, new RunUpdate { Status = RunStatus.Running }, Token)).EndTime.ShouldBeNull();
        var ended = await Tracking.UpdateRunAsync(run.Id, new RunUpdate { Status = RunStatus.Finished, Name = "b" }, Token);
        (ended.Status, ended.EndTime, ended.Name, ended.Tags[WellKnownTags.RunName]).ShouldBe((RunStatus.Finished, _time.UnixMilliseconds, "b", "b"));
        await Tracking.LogAsync(run.Id, new RunBatch { Tags = [new(WellKnownTags.RunName, "c")] }, Token);
        (await Tracking.GetRunAsync(run.Id, Token)).Name.ShouldBe("c");
    }

    [Fact]
    public async Task CreateRun_TwoNames_Invalid() =>
        await Refused(MetadataError.Invalid, () => Tracking.CreateRunAsync(new NewRun { Name = "a", Data = new RunBatch { Tags = [new(WellKnownTags.RunName, "b")] } }, Token));

    [Fact]
    public async Task GetMetricHistory_PageByPage_EachPointOnce()
    {
        var run = await Tracking.CreateRunAsync(new NewRun(), Token);
        double[] values = [double.NaN, double.NegativeInfinity, 1, 1, 2];
        await Tracking.LogAsync(run.Id, new RunBatch { Metrics = [.. values.Select((value, i) => new Metric("m", value, i / 2, i / 3))] }, Token);
        var seen = new List<Metric>();
        string? token = null;
        do
        {
            var page = await Tracking.GetMetricHistoryAsync(run.Id, "m", 2, token, Token);
            page.Points.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Points);
            token = page.NextPageToken;
        }
        while (token is not null);
        seen.ShouldBe(await Tracking.GetMetricHistoryAsync(run.Id, "m", Token));
        seen.Count.ShouldBe(values.Length);
    }

    private static async Task<MetadataException> Refused(MetadataError error, Func<Task> call)
    {
        var exception = await Should.ThrowAsync<MetadataException>(call);
        exception.Error.ShouldBe(error, exception.Message);
        return exception;
    }
}
