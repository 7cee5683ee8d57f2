using System.Text;
using System.Text.Json;
using Plumbline.Inference.Flags;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Flags;

/// <summary>A server that follows the flags of a store of its own, and looks every few milliseconds.</summary>
internal sealed class FlaggedServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SqliteMetadataStore? _store;

    private FlaggedServer()
    {
    }

    public RunningServer Server { get; private set; } = null!;

    public string LastKnown => _folder.File("serving/flags/known.json");

    /// <summary>Set, the store cannot be opened.</summary>
    public volatile bool IsLost;

    public FlagStore Flags => new(_store ??= SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System), TimeProvider.System);

    public Task<IReadOnlyList<AuditEvent>> EventsAsync(string subject) => new EventLog(_store!).ListAsync(subject);

    public static async Task<FlaggedServer> StartAsync(
        IReadOnlyDictionary<string, FlagDefinition>? defaults = null, Func<ServerOptions, ServerOptions>? with = null)
    {
        var flagged = new FlaggedServer();
        await flagged.RestartAsync(defaults, with);
        return flagged;
    }

    public async Task RestartAsync(IReadOnlyDictionary<string, FlagDefinition>? defaults = null, Func<ServerOptions, ServerOptions>? with = null)
    {
        if (Server is not null)
            await Server.DisposeAsync();
        var options = RunningServer.Options with
        {
            Flags = new FlagOptions
            {
                Open = () => IsLost ? throw new MetadataException(MetadataError.Unavailable, "The store does not answer.") : SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System),
                Defaults = defaults ?? new Dictionary<string, FlagDefinition>(),
                LastKnown = LastKnown,
                Poll = TimeSpan.FromMilliseconds(5),
            },
        };
        Server = await RunningServer.StartAsync(with is null ? options : with(options));
    }

    public Task<Answer> PutAsync(string name, string body, params (string, string)[] headers) => Server.SendAsync(HttpMethod.Put, $"/v1/flags/{name}", Encoding.UTF8.GetBytes(body), headers);

    public async Task<JsonElement?> ListedAsync(string name)
    {
        var flags = (await Server.GetAsync("/v1/flags")).Json.GetProperty("flags").EnumerateArray().Where(flag => flag.GetProperty("name").GetString() == name).ToArray();
        return flags.Length == 0 ? null : flags[0];
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
        _folder.Dispose();
    }
}
