using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

[assembly: AssemblyFixture(typeof(Plumbline.Server.Tests.RunningServer))]

namespace Plumbline.Server.Tests;

/// <summary>A real server on a free port of loopback, and clients of it. Without options: the one that all tests share which leave it as it is.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly StringWriter _log = new();
    private readonly ServerOptions _options;
    private PredictionServer? _server;

    public RunningServer()
        : this(Options)
    {
    }

    internal RunningServer(ServerOptions options) => _options = options;

    internal static ServerOptions Options => new() { Bundle = TestBundle.Directory, Port = 0, ModelName = "reviews", ModelVersion = 3 };

    internal PredictionServer Server => _server!;

    internal HttpClient Client { get; private set; } = null!;

    internal string Log
    {
        get
        {
            // The logger writes lines from the server's threads.
            lock (_log)
                return _log.ToString();
        }
    }

    internal static async Task<RunningServer> StartAsync(ServerOptions options)
    {
        var server = new RunningServer(options);
        await server.InitializeAsync();
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        _server = await PredictionServer.StartAsync(_options, TextWriter.Synchronized(_log), TestContext.Current.CancellationToken);
        await _server.Ready;
        // Without headers that the runtime adds where a test listens to its traces.
        Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = _server.Address };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.StopAsync();
        await _server.DisposeAsync();
    }

    internal Task<Answer> PredictAsync(string body) => PostAsync("/predict", body);

    internal async Task<Answer> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        await SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(body), headers);

    internal Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    internal async Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content!.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Sends bytes that no HTTP client would, and reads until the server closes or <paramref name="until"/> was seen; then sends <paramref name="then"/>, if there is any, and reads until the server closes.</summary>
    internal async Task<string> SendRawAsync(byte[] bytes, string? until = null, byte[]? then = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Server.Address.Host, Server.Address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        var received = new StringBuilder();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            received.Append(Encoding.UTF8.GetString(buffer, 0, read));
            if (until is null || !received.ToString().Contains(until, StringComparison.Ordinal))
                continue;
            if (then is null)
                break;
            await stream.WriteAsync(then, TestContext.Current.CancellationToken);
            (until, then) = (null, null);
        }
        return received.ToString();
    }
}

internal sealed record Answer(int Status, string? MediaType, string Body, Dictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>Checks that this is a problem of the documented shape, and names the place.</summary>
    public void ShouldBeProblem(int status, string kind, string? path = null)
    {
        Status.ShouldBe(status, Body);
        MediaType.ShouldBe("application/problem+json");
        Json.GetProperty("type").GetString().ShouldBe($"urn:plumbline:problem:{kind}");
        Json.GetProperty("status").GetInt32().ShouldBe(status);
        Json.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("traceId").GetString()!.Length.ShouldBe(32);
        if (path is not null)
            Json.GetProperty("errors").GetProperty(path).GetArrayLength().ShouldBe(1);
    }
}
