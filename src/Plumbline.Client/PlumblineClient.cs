using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Plumbline.Client;

/// <summary>
/// Asks a prediction server of Plumbline. All that it sends may be sent twice, so that it tries again what failed by the network or the server; a circuit breaker keeps it from asking a server that is down.
/// Every method throws <see cref="PlumblineException"/> where a request failed, <see cref="OperationCanceledException"/> where its caller gave up. Thread-safe; meant to be kept.
/// </summary>
public sealed partial class PlumblineClient
{
    private const string RouteHeader = "X-Plumbline-Route", RequestIdHeader = "X-Request-ID";

    private readonly Func<HttpClient> _http;
    private readonly PlumblineClientOptions _options;
    private readonly ResiliencePipelines _pipelines;
    private volatile string? _route;

    /// <param name="http">Its <see cref="HttpClient.BaseAddress"/> is the server's. Stays its owner's.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or there is no address.</exception>
    public PlumblineClient(HttpClient http, PlumblineClientOptions? options = null)
        : this(() => http, options ?? new PlumblineClientOptions())
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null)
            throw new ArgumentException("HttpClient.BaseAddress must be the server's address.", nameof(http));
    }

    internal PlumblineClient(Func<HttpClient> http, PlumblineClientOptions options)
    {
        options.Validate();
        (_http, _options, _pipelines) = (http, options, new ResiliencePipelines(options));
    }

    /// <summary>Predicts one text.</summary>
    public Task<Prediction> PredictAsync(string text, PredictionOptions? options = null, CancellationToken cancellation = default) =>
        PredictAsync(new PredictionRow(text), options, cancellation);

    /// <summary>Predicts one record.</summary>
    public Task<Prediction> PredictAsync(PredictionRow row, PredictionOptions? options = null, CancellationToken cancellation = default) => ClientTelemetry.ObserveAsync("predict", 1, _options.Time, async () =>
    {
        var body = RequestJson.Write(json => RequestJson.WriteSingle(json, row, options));
        using var response = await SendAsync(HttpMethod.Post, "predict", body, options, cancellation).ConfigureAwait(false);
        var sent = await ReadAsync(response, ClientJson.Default.SentSingle, cancellation).ConfigureAwait(false);
        return new Prediction(sent.Label, sent.Probs, sent.PredictionId, sent.Version, sent.Warnings, sent.Explanation) { RequestId = RequestIdOf(response), Route = RouteOf(response) };
    });

    /// <summary>Predicts several texts, by default at most 1,000.</summary>
    public Task<PredictionBatch> PredictAsync(IReadOnlyList<string> texts, PredictionOptions? options = null, CancellationToken cancellation = default) =>
        PredictAsync([.. texts.Select(text => new PredictionRow(text))], options, cancellation);

    /// <summary>Predicts several records, by default at most 1,000; <see cref="StreamAsync"/> takes more.</summary>
    public Task<PredictionBatch> PredictAsync(IReadOnlyList<PredictionRow> rows, PredictionOptions? options = null, CancellationToken cancellation = default) =>
        ClientTelemetry.ObserveAsync("batch_predict", rows.Count, _options.Time, async () =>
        {
            var body = RequestJson.Write(json =>
            {
                json.WriteStartObject();
                RequestJson.WriteExplain(json, options);
                json.WriteStartArray("data"u8);
                foreach (var row in rows)
                    RequestJson.WriteRow(json, row);
                json.WriteEndArray();
                json.WriteEndObject();
            });
            using var response = await SendAsync(HttpMethod.Post, "batch_predict", body, options, cancellation).ConfigureAwait(false);
            var sent = await ReadAsync(response, ClientJson.Default.SentBatch, cancellation).ConfigureAwait(false);
            return new PredictionBatch(sent.Predictions!, sent.Probs!, sent.PredictionIds!, sent.Version!, sent.Warnings, sent.Explanations ?? [])
            {
                RequestId = RequestIdOf(response),
                Route = RouteOf(response),
            };
        });

    /// <summary>Tells the true label of a prediction.</summary>
    /// <returns>When it is durable.</returns>
    public Task<FeedbackCounts> SendFeedbackAsync(Feedback feedback, CancellationToken cancellation = default) => SendFeedbackAsync([feedback], cancellation);

    /// <summary>Tells the true labels of up to 1,000 predictions; all of them are taken, or none.</summary>
    /// <inheritdoc cref="SendFeedbackAsync(Feedback, CancellationToken)" path="/returns"/>
    public Task<FeedbackCounts> SendFeedbackAsync(IReadOnlyList<Feedback> feedback, CancellationToken cancellation = default) => ClientTelemetry.ObserveAsync("feedback", feedback.Count, _options.Time, async () =>
    {
        var body = RequestJson.Write(json => RequestJson.WriteFeedback(json, feedback, _options.Time.GetUtcNow()));
        using var response = await SendAsync(HttpMethod.Post, "v1/feedback", body, null, cancellation).ConfigureAwait(false);
        return await ReadAsync(response, ClientJson.Default.FeedbackCounts, cancellation).ConfigureAwait(false);
    });

    /// <summary>What is served: the stable version, where several are.</summary>
    public Task<ModelMetadata> GetMetadataAsync(CancellationToken cancellation = default) => ClientTelemetry.ObserveAsync("metadata", 0, _options.Time, async () =>
    {
        using var response = await SendAsync(HttpMethod.Get, "metadata", null, null, cancellation).ConfigureAwait(false);
        return await ReadAsync(response, ClientJson.Default.ModelMetadata, cancellation).ConfigureAwait(false);
    });

    /// <summary>Whether the server would answer a prediction now; false also where it cannot be reached. Asked once, whatever the circuit is.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        using var limit = new CancellationTokenSource(_options.TryTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = Request(HttpMethod.Get, "readiness", null, null, "");
            using var response = await _http().SendAsync(request, either.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[]? body, PredictionOptions? options, CancellationToken cancellation) => SendAsync(
        _pipelines.Requests, () => body is null ? null : Json(body), method, path, options, (request, attempt) => _http().SendAsync(request, attempt), cancellation);

    /// <param name="send">One try.</param>
    /// <returns>A success; the caller disposes it.</returns>
    private async Task<HttpResponseMessage> SendAsync(
        ResiliencePipeline<HttpResponseMessage> pipeline, Func<HttpContent?> content, HttpMethod method, string path, PredictionOptions? options,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        var id = options?.RequestId ?? Guid.CreateVersion7().ToString("N");
        try
        {
            var response = await pipeline.ExecuteAsync(async attempt =>
            {
                using var request = Request(method, path, content(), options, id);
                return await send(request, attempt).ConfigureAwait(false);
            }, cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                using (response)
                    throw await ProblemAsync(response, cancellation).ConfigureAwait(false);
            }
            if (_options.KeepsRoute && RouteOf(response) is { } route)
                _route = route;
            return response;
        }
        catch (BrokenCircuitException exception)
        {
            throw new PlumblineException("circuit-open", "The server failed too often of late, and is not asked now.", exception) { RequestId = id, RetryAfter = exception.RetryAfter };
        }
        catch (TimeoutRejectedException exception)
        {
            throw new PlumblineException("client-timeout", $"There was no answer within {exception.Timeout.TotalSeconds} s.", exception) { RequestId = id };
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new PlumblineException("client-timeout", "There was no answer within HttpClient.Timeout.", exception) { RequestId = id };
        }
        catch (HttpRequestException exception)
        {
            throw new PlumblineException("unreachable", $"The server cannot be reached: {exception.Message}", exception) { RequestId = id };
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, PredictionOptions? options, string id)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (_options.ApiKey is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.ApiKey);
        if (id.Length > 0)
            request.Headers.Add(RequestIdHeader, id);
        if ((options?.Route ?? _route) is { } route)
            request.Headers.Add(RouteHeader, route);
        return request;
    }

    private async Task<PlumblineException> ProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        SentProblem? sent = null;
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            sent = JsonSerializer.Deserialize(body, ClientJson.Default.SentProblem);
        }
        catch (JsonException)
        {
            // A proxy answered: what it says is for people.
        }
        return Problem(sent, response);
    }

    private PlumblineException Problem(SentProblem? sent, HttpResponseMessage response) =>
        new(sent?.Type?[(sent.Type.LastIndexOf(':') + 1)..] ?? "unknown-answer", sent?.Detail ?? sent?.Title ?? $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.")
        {
            Status = sent?.Status ?? (int)response.StatusCode,
            RequestId = RequestIdOf(response),
            TraceId = sent?.TraceId,
            Errors = sent?.Errors ?? [],
            RetryAfter = ResiliencePipelines.RetryAfter(response, _options.Time),
        };

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new PlumblineException("unknown-answer", "What answered is no prediction server of Plumbline.", exception) { Status = (int)HttpStatusCode.OK, RequestId = RequestIdOf(response) };
        }
    }

    private static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static string? RequestIdOf(HttpResponseMessage response) => HeaderOf(response, RequestIdHeader);

    private static string? RouteOf(HttpResponseMessage response) => HeaderOf(response, RouteHeader);

    private static string? HeaderOf(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
