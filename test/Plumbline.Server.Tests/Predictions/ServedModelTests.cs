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
    public async Task Start_FolderCannotBeWritten_ServesAndLogsIt()
    {
        await File.WriteAllTextAsync(_folder.File("taken"), "", TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { ServedModels = _folder.File("taken") });
        (await server.PredictAsync("""{"texts": ["fine"]}""")).Status.ShouldBe(200);
        server.Log.ShouldContain("cannot be recorded");
    }

    public void Dispose() => _folder.Dispose();
}
