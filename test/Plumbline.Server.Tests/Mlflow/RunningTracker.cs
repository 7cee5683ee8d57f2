using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests.Mlflow;

/// <summary>A tracking server over a home of its own, on a free port of loopback.</summary>
internal sealed class RunningTracker : IAsyncDisposable
{
    public const string Api = "/api/2.0/mlflow/", Artifacts = "/api/2.0/mlflow-artifacts/artifacts";

    private readonly TemporaryFolder _folder;
    private readonly SqliteMetadataStore _store;
    private readonly TrackingServer _server;
    private readonly StringWriter _log;

    private RunningTracker(TemporaryFolder folder, Home home, SqliteMetadataStore store, TrackingServer server, StringWriter log)
    {
        (_folder, _store, _server, _log) = (folder, store, server, log);
        Home = home;
        Tracking = new TrackingStore(store, TimeProvider.System);
        Models = new LoggedModelStore(store, TimeProvider.System);
        Registry = new ModelRegistry(store, digest => Directory.Exists(Path.Combine(Home.Bundles, digest)), TimeProvider.System);
        Client = new HttpClient { BaseAddress = server.Address };
    }

    public Home Home { get; }

    public Uri Address => _server.Address;

    public TrackingStore Tracking { get; }

    public LoggedModelStore Models { get; }

    public ModelRegistry Registry { get; }

    public HttpClient Client { get; }

    /// <summary>What the server wrote; to be read when it is stopped.</summary>
    public string Log => _log.ToString();

    /// <param name="root">The state folder; null for one of its own.</param>
    public static async Task<RunningTracker> StartAsync(Func<TrackingServerOptions, TrackingServerOptions>? change = null, string? root = null)
    {
        var folder = new TemporaryFolder();
        var home = new Home(root ?? folder.Path);
        var log = new StringWriter();
        var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var options = new TrackingServerOptions { Home = home, Port = 0 };
        var server = await TrackingServer.StartAsync(change?.Invoke(options) ?? options, store, TextWriter.Synchronized(log), TestContext.Current.CancellationToken);
        return new RunningTracker(folder, home, store, server, log);
    }

    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Puts the bundle of all tests into the home and gives it a number.</summary>
    public Task<ModelVersion> RegisterBundleAsync(string name, string? run = null)
    {
        var digest = Path.GetFileName(TestBundle.Directory);
        var target = Path.Combine(Home.Bundles, digest);
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(TestBundle.Directory))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        return Registry.RegisterAsync(name, new NewModelVersion { BundleDigest = digest, RunId = run }, "ann", TestContext.Current.CancellationToken);
    }

    public Task<Answer> PostAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync("POST", path, body, headers);

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    /// <param name="path">After <see cref="Api"/>, or from the root.</param>
    public async Task<Answer> SendAsync(string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path.StartsWith('/') ? path : Api + path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Sends and expects success.</summary>
    public async Task<JsonElement> OkAsync(string method, string path, string? body = null)
    {
        var answer = await SendAsync(method, path, body);
        answer.Status.ShouldBe(200, $"{method} {path}: {answer.Body}");
        answer.MediaType.ShouldBe("application/json");
        answer.Json.ValueKind.ShouldBe(JsonValueKind.Object);
        return answer.Json;
    }

    public async Task<string> CreateRunAsync(string members = "") =>
        (await OkAsync("POST", "runs/create", $$"""{"experiment_id": "0"{{members}}}""")).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
}

internal static class MlflowAnswers
{
    public static void ShouldBeError(this Answer answer, int status, string code, string part = "")
    {
        answer.Status.ShouldBe(status, answer.Body);
        answer.MediaType.ShouldBe("application/json");
        answer.Json.EnumerateObject().Select(member => member.Name).ShouldBe(["error_code", "message"]);
        answer.Json.GetProperty("error_code").GetString().ShouldBe(code, answer.Body);
        answer.Json.GetProperty("message").GetString()!.ShouldContain(part);
    }
}
