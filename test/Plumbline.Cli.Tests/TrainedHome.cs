using System.Text.Json;

[assembly: AssemblyFixture(typeof(Plumbline.Cli.Tests.TrainedHome))]

namespace Plumbline.Cli.Tests;

/// <summary>A home after one quickstart on a generated corpus, for tests that leave it as it is.</summary>
public sealed class TrainedHome : IAsyncLifetime
{
    public const string Rows = "1500";

    private readonly TemporaryFolder _folder = new();

    internal string Home => _folder.Home;

    internal string Data => Directory.GetFiles(Path.Combine(Home, "generated")).Single();

    internal string Bundle => Result.GetProperty("bundle").GetString()!;

    internal JsonElement Result { get; private set; }

    public async ValueTask InitializeAsync() =>
        Result = (await Cli.RunAsync("quickstart", "--rows", Rows, "--no-serve", "--home", Home, "--json")).ShouldSucceed().Json;

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
