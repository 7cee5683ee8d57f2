using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Tracking;

public abstract partial class TrackingStoreContract
{
    [Fact]
    public async Task CreateRunAndLog_ManyAtOnce_EachAsIfAlone()
    {
        const int Runs = 60;
        var experiment = await Tracking.CreateExperimentAsync("elsewhere", Token);
        var parent = await Tracking.CreateRunAsync(new NewRun(), Token);
        var runs = await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => Tracking.CreateRunAsync(
            new NewRun { ExperimentId = i % 2 * experiment.Id, Name = $"run {i}", ParentId = i % 3 == 0 ? parent.Id : null, Data = new RunBatch { Params = [new("i", $"{i}")] } }, Token)));
        await Tracking.SetRunStageAsync(runs[7].Id, LifecycleStage.Deleted, Token);
        var logs = runs.Select((run, i) => Tracking.LogAsync(
            run.Id,
            new RunBatch { Metrics = [new Metric("m", i, 1, 1), new Metric("n", -i, 1, 1)], Params = [new("i", i % 10 == 4 ? "other" : $"{i}"), new("j", "1")], Tags = i % 5 == 0 ? [new(WellKnownTags.RunName, $"named {i}")] : [] },
            Token)).ToArray();
        for (var i = 0; i < Runs; i++)
        {
            var isRefused = i % 10 == 4 || i == 7;
            if (isRefused)
                await Refused(MetadataError.Conflict, () => logs[i]);
            else
                await logs[i];
            var run = await Tracking.GetRunAsync(runs[i].Id, Token);
            (run.ExperimentId, run.ParentId, run.Params["i"]).ShouldBe((i % 2 * experiment.Id, i % 3 == 0 ? parent.Id : null, $"{i}"));
            run.Name.ShouldBe(i % 5 == 0 && !isRefused ? $"named {i}" : $"run {i}");
            run.Metrics.Values.Select(metric => metric.Value).Order().ShouldBe(isRefused ? [] : new[] { -i, (double)i }.Order());
        }
    }

    [Fact]
    public async Task EndAbandoned_ProcessSilentForTenMinutes_KilledAtItsLastSign()
    {
        var (dead, alive, other) = (await Tracking.CreateRunAsync(new NewRun(), Token), await Tracking.CreateRunAsync(new NewRun(), Token), await Tracking.CreateRunAsync(new NewRun(), Token));
        var last = _time.UnixMilliseconds;
        await new LeaseStore(Store, _time).TryAcquireAsync($"run/{dead.Id}", "gone", TimeSpan.FromMinutes(10), Token);
        _time.UnixMilliseconds += 5 * 60_000;
        await using (await Tracking.KeepAliveAsync(alive.Id, Token))
        {
            _time.UnixMilliseconds += (5 * 60_000) - 1;
            (await Tracking.EndAbandonedAsync(Token)).ShouldBe(0);
            _time.UnixMilliseconds += 1;
            (await Tracking.EndAbandonedAsync(Token)).ShouldBe(1);
            (await Tracking.EndAbandonedAsync(Token)).ShouldBe(0);
            var killed = await Tracking.GetRunAsync(dead.Id, Token);
            (killed.Status, killed.EndTime).ShouldBe((RunStatus.Killed, last));
        }
        _time.UnixMilliseconds += 60 * 60_000;
        (await Tracking.EndAbandonedAsync(Token)).ShouldBe(0);
        foreach (var run in new[] { alive, other })
            (await Tracking.GetRunAsync(run.Id, Token)).Status.ShouldBe(RunStatus.Running, "nothing says that it died");
    }
}
