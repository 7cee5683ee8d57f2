using System.Net;
using System.Net.Sockets;
using System.Text;
using Plumbline.Exchange;
using Plumbline.Registry;
using Plumbline.Server.Tests.Mlflow;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests.Exchange;

public sealed class MlflowCopierTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Copy_Everything_IsThereWithHistoryFilesAndLinks()
    {
        await using var from = await RunningTracker.StartAsync();
        await using var to = await RunningTracker.StartAsync();
        var (parent, child, model) = await FillAsync(from);
        var report = await CopyAsync(from, to);
        report.LeftOut.ShouldBeEmpty();
        (report.Runs, report.LoggedModels, report.Versions, report.RegisteredModels).ShouldBe((2, 2, 3, 2));

        var experiment = (await to.Tracking.FindExperimentAsync("reviews", Token))!;
        experiment.Tags["team"].ShouldBe("nlp");
        var runs = (await to.Tracking.ListRunsAsync(new RunQuery { ExperimentIds = [experiment.Id] }, Token)).Runs;
        var copy = runs.Single(run => run.Tags["plumbline.source.run"] == child);
        (copy.Name, copy.Status, copy.StartTime, copy.EndTime, copy.UserId).ShouldBe(("child", RunStatus.Finished, 1_700_000_000_001, 1_700_000_000_009, "ann"));
        copy.Tags["mlflow.parentRunId"].ShouldBe(runs.Single(run => run.Tags["plumbline.source.run"] == parent).Id);
        copy.Params.ShouldBe([KeyValuePair.Create("C", "0.1")]);
        (await to.Tracking.GetMetricHistoryAsync(copy.Id, "f1", Token)).Count.ShouldBe(1200);
        double.IsNaN(copy.Metrics["nan"].Value).ShouldBeTrue();
        copy.Datasets.Single().Digest.ShouldBe("d1");
        (await File.ReadAllTextAsync(Path.Combine(to.Home.Runs, copy.Id, "a dir", "größe.txt"), Token)).ShouldBe("hello");

        var logged = await to.Models.GetAsync(copy.ModelOutputs.Single().ModelId, Token);
        (logged.Tags["plumbline.source.logged_model"], logged.Status, logged.SourceRunId).ShouldBe((model, LoggedModelStatus.Ready, copy.Id));
        File.Exists(Path.Combine(to.Home.LoggedModels, logged.Id, "MLmodel")).ShouldBeTrue();
        logged.Metrics.Single().Point.Value.ShouldBe(0.5);

        var champion = await to.Registry.ResolveAsync("my model@champion", Token);
        (champion.Source, champion.RunId, champion.Stage, champion.Description).ShouldBe(($"models:/{logged.Id}", copy.Id, ModelStage.Production, "good"));
        (await to.Registry.GetVersionAsync("my model", 2, Token)).Source.ShouldBe($"runs:/{copy.Id}/a dir");
        var bundle = await to.Registry.GetVersionAsync("reviews", 1, Token);
        File.Exists(Path.Combine(to.Home.LoggedModels, bundle.LoggedModelId!, "model.onnx")).ShouldBeTrue("a bundle arrives as an ONNX model");
    }

    [Fact]
    public async Task Copy_AgainBackAndAfterAChange_AddsNothingTwice()
    {
        await using var from = await RunningTracker.StartAsync();
        await using var to = await RunningTracker.StartAsync();
        var (_, child, _) = await FillAsync(from);
        await CopyAsync(from, to);
        var again = await CopyAsync(from, to);
        (again.Runs, again.RunsUnchanged, again.LoggedModels, again.Versions, again.VersionsUnchanged, again.Files).ShouldBe((0, 2, 0, 0, 3, 0));

        var back = await CopyAsync(to, from);
        (back.Runs, back.RunsUnchanged, back.Versions, back.VersionsUnchanged).ShouldBe((0, 2, 0, 3));
        (await from.Tracking.ListRunsAsync(new RunQuery(), Token)).Runs.Count.ShouldBe(2);

        await from.Tracking.LogAsync(child, new RunBatch { Metrics = [new Metric("late", 1, 0, 5)] }, Token);
        (await CopyAsync(from, to)).Runs.ShouldBe(1);
        var runs = (await to.Tracking.ListRunsAsync(new RunQuery { Filter = "metrics.late = 1" }, Token)).Runs;
        runs.Single().Tags["plumbline.source.run"].ShouldBe(child);
        (await to.Tracking.GetMetricHistoryAsync(runs[0].Id, "f1", Token)).Count.ShouldBe(1200);
    }

    [Fact]
    public async Task Copy_BrokenOffByTheServersEnd_NextOneCompletesIt()
    {
        await using var from = await RunningTracker.StartAsync();
        await using var to = await RunningTracker.StartAsync();
        await FillAsync(from);
        // Ends when the first logged model is about to be copied: its run is there, but not complete.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Should.ThrowAsync<OperationCanceledException>(() => CopyAsync(from, to, _ => stop.Cancel(), stop.Token));
        var report = await CopyAsync(from, to);
        (report.Runs + report.RunsUnchanged, report.Versions + report.VersionsUnchanged).ShouldBe((2, 3));
        (await to.Tracking.ListRunsAsync(new RunQuery(), Token)).Runs.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Copy_NoServerOrUnknownExperiment_SaysSo()
    {
        await using var from = await RunningTracker.StartAsync();
        using var here = new MlflowEndpoint(from.Address, null, TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var nowhere = new MlflowEndpoint(new Uri($"http://127.0.0.1:{port}"), null, TimeProvider.System);
        (await Should.ThrowAsync<ExchangeException>(() => new MlflowCopier(here, nowhere).CopyAsync(["nope"], Token))).Message.ShouldContain("no experiment 'nope'");
        (await Should.ThrowAsync<ExchangeException>(() => new MlflowCopier(nowhere, here).CopyAsync(null, Token))).Message.ShouldContain("cannot be reached");
    }

    private static async Task<ExchangeReport> CopyAsync(RunningTracker from, RunningTracker to, Action<string>? progress = null, CancellationToken? cancellation = null)
    {
        using var source = new MlflowEndpoint(from.Address, null, TimeProvider.System);
        using var target = new MlflowEndpoint(to.Address, null, TimeProvider.System);
        return await new MlflowCopier(source, target, progress).CopyAsync(null, cancellation ?? Token);
    }

    private static async Task<(string Parent, string Child, string Model)> FillAsync(RunningTracker tracker)
    {
        var experiment = await tracker.Tracking.CreateExperimentAsync(new NewExperiment { Name = "reviews", Tags = [new("team", "nlp")] }, Token);
        var parent = await tracker.Tracking.CreateRunAsync(new NewRun { ExperimentId = experiment.Id, Name = "parent", StartTime = 1_700_000_000_000 }, Token);
        var child = await tracker.Tracking.CreateRunAsync(
            new NewRun
            {
                ExperimentId = experiment.Id, Name = "child", ParentId = parent.Id, UserId = "ann", StartTime = 1_700_000_000_001,
                Data = new RunBatch
                {
                    Params = [new("C", "0.1")],
                    Metrics = [.. Enumerable.Range(0, 1200).Select(i => new Metric("f1", i / 1200.0, i, 1_700_000_000_000 + i)), new Metric("nan", double.NaN, 0, 1)],
                    Datasets = [new RunDataset("train", "d1", "local", "{}") { Tags = new Dictionary<string, string> { ["mlflow.data.context"] = "training" } }],
                },
            },
            Token);
        await tracker.Tracking.UpdateRunAsync(child.Id, new RunUpdate { Status = RunStatus.Finished, EndTime = 1_700_000_000_009 }, Token);
        await WriteAsync(Path.Combine(tracker.Home.Runs, child.Id), ["a dir", "größe.txt"]);
        var model = await tracker.Models.CreateAsync(new NewLoggedModel { ExperimentId = experiment.Id, Name = "mine", SourceRunId = child.Id }, Token);
        await WriteAsync(Path.Combine(tracker.Home.LoggedModels, model.Id), ["MLmodel"]);
        await tracker.Models.SetStatusAsync(model.Id, LoggedModelStatus.Ready, Token);
        await tracker.Tracking.LogAsync(
            child.Id, new RunBatch { ModelOutputs = [new ModelOutput(model.Id, 0)], Metrics = [new Metric("auc", 0.5, 0, 1) { ModelId = model.Id }] }, Token);

        await tracker.Registry.CreateModelAsync("my model", "mine", [new("k", "v")], "ann", Token);
        await tracker.Registry.RegisterSourceAsync("my model", new NewSourcedVersion { Source = $"models:/{model.Id}", Description = "good" }, "ann", Token);
        await tracker.Registry.RegisterSourceAsync("my model", new NewSourcedVersion { Source = $"runs:/{child.Id}/a dir" }, "ann", Token);
        await tracker.Registry.SetStageAsync("my model", 1, ModelStage.Production, false, "ann", Token);
        await tracker.Registry.SetAliasAsync("my model", "champion", 1, "ann", "", Token);
        await tracker.RegisterBundleAsync("reviews", child.Id);
        return (parent.Id, child.Id, model.Id);
    }

    private static async Task WriteAsync(string folder, string[] path)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes("hello"));
        await new ArtifactFolder(folder).WriteAsync(path, content, Token);
    }
}
