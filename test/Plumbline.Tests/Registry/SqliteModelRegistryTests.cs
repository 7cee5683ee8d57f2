using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Registry;

public sealed class SqliteModelRegistryTests : ModelRegistryContract
{
    private const int PerProcess = 40;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Register_TwoProcessesAtOnce_NumbersUniqueAndOneChainOfAliases()
    {
        using var first = ChildProcess.Start(typeof(SqliteModelRegistryTests), nameof(Child_RegistersAndPromotes), _folder.Path);
        using var second = ChildProcess.Start(typeof(SqliteModelRegistryTests), nameof(Child_RegistersAndPromotes), _folder.Path);
        foreach (var child in new[] { first, second })
        {
            var output = await child.StandardOutput.ReadToEndAsync(Token);
            await child.WaitForExitAsync(Token);
            child.ExitCode.ShouldBe(0, output);
        }

        var registry = new ModelRegistry(Store, _ => true, TimeProvider.System);
        var versions = await registry.ListVersionsAsync("reviews", cancellation: Token);
        versions.Select(version => version.Version).ShouldBe(Enumerable.Range(1, 2 * PerProcess).Reverse().Select(i => (long)i));
        long? at = null;
        foreach (var e in await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token))
        {
            var detail = JsonNode.Parse(e.Detail)!;
            ((long?)detail["previous"]).ShouldBe(at);
            at = (long)detail["version"]!;
        }
        registry.Resolve("reviews@champion").Version.ShouldBe(at!.Value);
    }

    [Fact(Explicit = true)]
    public async Task Child_RegistersAndPromotes()
    {
        await using var store = SqliteMetadataStore.Open(Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "plumbline.db"), TimeProvider.System);
        var registry = new ModelRegistry(store, _ => true, TimeProvider.System);
        for (var i = 0; i < PerProcess; i++)
        {
            var bundle = new NewModelVersion { BundleDigest = Digest((Environment.ProcessId << 8) + i) };
            var version = await registry.RegisterAsync("reviews", bundle, "child", Token);
            await registry.SetAliasAsync("reviews", "champion", version.Version, "child", "newest", Token);
        }
    }

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
