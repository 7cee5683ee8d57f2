using Plumbline.Inference.Logging;

namespace Plumbline.Tests.Inference.Logging;

public sealed class FileSharedPredictionsTests : SharedPredictionsContract
{
    protected override Task<string> AddressAsync() => Task.FromResult(Folder.File("artifacts"));

    [Fact]
    public async Task Append_StoreAway_SaidOnceAndShippedLater()
    {
        await File.WriteAllTextAsync(Folder.File("artifacts"), "", Token);
        var faults = new List<string>();
        await using (var log = PredictionLog.Open(OptionsOf(await HostAsync("a")), LoggedEntries.Node, TimeProvider.System, faults.Add))
        {
            LoggedEntries.Append(log, log.Register(LoggedEntries.Version), 0, LoggedEntries.Begin);
            await UntilAsync(() => Task.FromResult(log.ShipFault is not null));
            File.Delete(Folder.File("artifacts"));
            await UntilAsync(() => Task.FromResult(log.ShipFault is null));
            await UntilAsync(async () => (await ReadAsync("b")).Length == 1);
        }
        faults.Single().ShouldContain("cannot be shipped");
    }
}
