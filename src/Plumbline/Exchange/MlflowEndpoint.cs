using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

/// <summary>A server of MLflow's REST API, as its clients see it. Thread-safe.</summary>
/// <exception cref="ExchangeException">The server cannot be reached, or refused.</exception>
public sealed class MlflowEndpoint : IDisposable
{
    private const string Api = "api/2.0/mlflow/";
    private const string Artifacts = "api/2.0/mlflow-artifacts/artifacts";
    private const string Scheme = "mlflow-artifacts:/";
    private const int MostAttempts = 5;

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <param name="address">Of the server, without a path of the API.</param>
    /// <param name="authorization">Sent with every request; null for none.</param>
    public MlflowEndpoint(Uri address, AuthenticationHeaderValue? authorization, TimeProvider time)
    {
        _time = time;
        Address = address;
        _client = new HttpClient { BaseAddress = new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.Authorization = authorization;
    }

    public Uri Address { get; }

    /// <summary>The authorization that MLflow's own clients would send: <c>MLFLOW_TRACKING_TOKEN</c>, else <c>MLFLOW_TRACKING_USERNAME</c> and <c>MLFLOW_TRACKING_PASSWORD</c>; null for none.</summary>
    public static AuthenticationHeaderValue? AuthorizationOfEnvironment()
    {
        if (Environment.GetEnvironmentVariable("MLFLOW_TRACKING_TOKEN") is { Length: > 0 } token)
            return new AuthenticationHeaderValue("Bearer", token);
        return Environment.GetEnvironmentVariable("MLFLOW_TRACKING_USERNAME") is { Length: > 0 } user
            ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Environment.GetEnvironmentVariable("MLFLOW_TRACKING_PASSWORD")}")))
            : null;
    }

    public void Dispose() => _client.Dispose();

    /// <param name="path">After <c>/api/2.0/mlflow/</c>.</param>
    internal async Task<JsonObject> GetAsync(string path, CancellationToken cancellation, params (string Name, string Value)[] query) =>
        await FindAsync(path, cancellation, query).ConfigureAwait(false) ?? throw new ExchangeException($"{Address} has no {path} for {string.Join(", ", query.Select(pair => $"{pair.Name} '{pair.Value}'"))}.");

    /// <summary>Null where there is nothing of that name.</summary>
    internal Task<JsonObject?> FindAsync(string path, CancellationToken cancellation, params (string Name, string Value)[] query) =>
        AskAsync(() => new HttpRequestMessage(HttpMethod.Get, Api + path + Query(query)), isSafe: true, HttpStatusCode.NotFound, cancellation);

    internal Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken cancellation, bool isSafe = true) => SendAsync(HttpMethod.Post, path, body, isSafe, cancellation);

    /// <param name="isSafe">Whether it may be sent again where the answer was lost.</param>
    internal async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject body, bool isSafe, CancellationToken cancellation) =>
        (await AskAsync(() => new HttpRequestMessage(method, Api + path) { Content = JsonContent.Create(body) }, isSafe, null, cancellation).ConfigureAwait(false))!;

    /// <summary>All pages of a list, as they come.</summary>
    internal async IAsyncEnumerable<JsonObject> ListAsync(
        string path, string list, JsonObject body, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (string? token = null; ;)
        {
            body["page_token"] = token;
            var page = await PostAsync(path, body, cancellation).ConfigureAwait(false);
            foreach (var item in page[list]?.AsArray() ?? [])
                yield return item!.AsObject();
            if ((token = (string?)page["next_page_token"]) is not { Length: > 0 })
                yield break;
        }
    }

    /// <summary>As <see cref="ListAsync"/>, for what takes a query.</summary>
    internal async IAsyncEnumerable<JsonObject> ListByQueryAsync(
        string path, string list, (string Name, string Value)[] query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (string? token = null; ;)
        {
            var page = await GetAsync(path, cancellation, token is null ? query : [.. query, ("page_token", token)]).ConfigureAwait(false);
            foreach (var item in page[list]?.AsArray() ?? [])
                yield return item!.AsObject();
            if ((token = (string?)page["next_page_token"]) is not { Length: > 0 })
                yield break;
        }
    }

    /// <summary>Whether the server itself gives out what is at an address.</summary>
    internal static bool IsHere(string address) => address.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Files and folders, whose size is null.</summary>
    internal async Task<IReadOnlyList<(string Name, long? Size)>> ListFilesAsync(string address, CancellationToken cancellation)
    {
        var answer = await AskAsync(
            () => new HttpRequestMessage(HttpMethod.Get, Artifacts + Query([("path", PathOf(address))])), isSafe: true, null, cancellation).ConfigureAwait(false);
        return [.. (answer!["files"]?.AsArray() ?? []).Select(file => (((string)file!["path"]!).Split('/')[^1], SizeOf(file)))];
    }

    /// <summary>Copies one file from here to there, through memory of a buffer's size.</summary>
    internal async Task CopyFileAsync(string address, MlflowEndpoint target, string targetAddress, CancellationToken cancellation)
    {
        using var response = await _client.GetAsync(FileUri(address), HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        await CheckAsync(response, cancellation).ConfigureAwait(false);
        var content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            using var upload = new StreamContent(content);
            upload.Headers.ContentType = response.Content.Headers.ContentType;
            upload.Headers.ContentLength = response.Content.Headers.ContentLength;
            using var answer = await target._client.PutAsync(FileUri(targetAddress), upload, cancellation).ConfigureAwait(false);
            await target.CheckAsync(answer, cancellation).ConfigureAwait(false);
        }
    }

    private static long? SizeOf(JsonNode file) => (bool?)file["is_dir"] == true ? null : (long?)file["file_size"] ?? (long?)0;

    private static string FileUri(string address) => $"{Artifacts}/{string.Join('/', PathOf(address).Split('/').Select(Uri.EscapeDataString))}";

    private static string PathOf(string address) => address[Scheme.Length..].Trim('/');

    private static string Query((string Name, string Value)[] query) =>
        query.Length == 0 ? "" : "?" + string.Join('&', query.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));

    private async Task<JsonObject?> AskAsync(Func<HttpRequestMessage> request, bool isSafe, HttpStatusCode? absent, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var message = request();
                using var response = await _client.SendAsync(message, cancellation).ConfigureAwait(false);
                if (response.StatusCode == absent)
                    return null;
                if (attempt == MostAttempts || !isSafe || !IsTransient(response.StatusCode))
                {
                    await CheckAsync(response, cancellation).ConfigureAwait(false);
                    return await response.Content.ReadFromJsonAsync<JsonObject>(cancellation).ConfigureAwait(false) ?? [];
                }
            }
            catch (HttpRequestException exception) when (attempt == MostAttempts || !isSafe)
            {
                throw new ExchangeException($"{Address} cannot be reached: {exception.Message} Start it, then run this again: it goes on where it stopped.", exception);
            }
            catch (HttpRequestException)
            {
                // Sent again below.
            }
            catch (JsonException exception)
            {
                throw new ExchangeException($"{Address} does not answer as MLflow's API does; is it the address of such a server?", exception);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), _time, cancellation).ConfigureAwait(false);
        }
    }

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;
        var body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        var told = Told(body);
        throw new ExchangeException($"{Address} refused {response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.AbsolutePath} with {(int)response.StatusCode}{(told is null ? "" : $": {told}")}");
    }

    private static string? Told(string body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject answer && answer["message"] is JsonValue message && message.TryGetValue<string>(out var text) ? text : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
