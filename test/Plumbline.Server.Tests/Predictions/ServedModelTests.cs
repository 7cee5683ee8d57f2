using Plumbline.Inference;

namespace Plumbline.Server.Tests.Predictions;

public sealed class ServedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Predict_AnyId_LeadsBackToTheModel()
    {
        var folder = _folder.File("served-models");
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { ServedModels = folder });
        var answer = await server.PredictAsync("""{"texts": ["fine", "dull"]}""");
        foreach (var id in answer.Json.GetProperty("prediction_ids").EnumerateArray())
        {
            var record = ServedModelLog.Find(folder, id.GetGuid()).ShouldNotBeNull();
            (record.Version, record.Bundle).ShouldBe(("reviews/3", Path.GetFileName(TestBundle.Directory)));
        }
        ServedModelLog.Find(folder, Guid.CreateVersion7()).ShouldBeNull();
    }

    [Fact]
    public async Task Stop_Served_RecordsUntilWhen()
    {
        var folder = _folder.File("served-models");
        var begun = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var server = await RunningServer.StartAsync(RunningServer.Options with { ServedModels = folder });
        var id = (await server.PredictAsync("""{"texts": ["fine"]}""")).Json.GetProperty("prediction_ids")[0].GetGuid();
        ServedModelLog.Find(folder, id)!.Until.ShouldBeNull();
        await server.DisposeAsync();
        var record = ServedModelLog.Find(folder, id)!;
        record.Until.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(ServedModelLog.MillisecondsOf(id));
        var last = ServedModelLog.LastServed(folder);
        (last["reviews/3"], last[record.Bundle]).ShouldBe((record.Until.Value, record.Until.Value));
        last["reviews/3"].ShouldBeGreaterThanOrEqualTo(begun);
        await File.WriteAllTextAsync(Path.Combine(folder, "damaged.json"), "{", TestContext.Current.CancellationToken);
        ServedModelLog.LastServed(folder).Count.ShouldBe(2);
        ServedModelLog.LastServed(_folder.File("nowhere")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_FolderCannotBeWritten_ServesAndLogsIt()
    {
        await File.WriteAllTextAsync(_folder.File("taken"), "", TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { ServedModels = _folder.File("taken") });
        (await server.PredictAsync("""{"texts": ["fine"]}""")).Status.ShouldBe(200);
        server.Log.ShouldContain("cannot be recorded");
    }

    public void Dispose() => _folder.Dispose();
}
