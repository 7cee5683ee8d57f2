using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Posts JSON, and tells what became of it. Follows no redirects. Thread-safe.</summary>
/// <param name="limit">For the whole of a request, with what is read of its answer; null: 10 s.</param>
internal sealed class NotifierHttp(TimeProvider time, TimeSpan? limit = null) : IDisposable
{
    private const int MostAnswer = 1000;

    /// <summary>Shorter parts of an address are words.</summary>
    private const int ShortestSecret = 8;

    private readonly TimeSpan _limit = limit ?? TimeSpan.FromSeconds(10);

    // Its own limit ends with the headers of an answer: one whose body never comes would stop all that is to be told.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <param name="secrets">That no message may have.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    public async Task PostAsync(Uri address, JsonNode body, CancellationToken cancellation, IReadOnlyList<string>? secrets = null, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(BytesOf(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var patience = new CancellationTokenSource(_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw await RefusalAsync(address, response, secrets ?? [], either.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw new DeliveryException($"{address.Host} cannot be reached: {exception.Message.Replace(address.ToString(), "***", StringComparison.Ordinal)}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new DeliveryException(string.Create(CultureInfo.InvariantCulture, $"{address.Host} did not answer within {_limit.TotalSeconds} s."), exception);
        }
    }

    /// <summary>As it is sent, and signed.</summary>
    public static byte[] BytesOf(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    /// <summary>What of an address may be a secret, the longest first: many receivers have their keys in paths and queries.</summary>
    public static IReadOnlyList<string> SecretsOf(Uri address) =>
    [
        .. address.Segments.Concat(address.Query.Split('?', '&', '=')).Select(part => part.Trim('/')).Where(part => part.Length >= ShortestSecret)
            .Append(address.PathAndQuery).Append(address.AbsolutePath).Where(part => part.Length > 1).Distinct().OrderByDescending(part => part.Length),
    ];

    public void Dispose() => _client.Dispose();

    private async Task<DeliveryException> RefusalAsync(Uri address, HttpResponseMessage response, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var longest = secrets.Select(secret => secret.Length).DefaultIfEmpty().Max();
        var (answer, isWhole) = await BeginningAsync(response, MostAnswer + longest, cancellation).ConfigureAwait(false);
        foreach (var secret in secrets)
            answer = answer.Replace(secret, "***", StringComparison.Ordinal);
        // Where it was cut there may be the beginning of a secret.
        answer = AlertWords.Shorten(answer, isWhole ? MostAnswer : Math.Clamp(answer.Length - longest, 2, MostAnswer));
        var said = answer.Length == 0 ? "" : $": {answer}";
        return new DeliveryException(string.Create(CultureInfo.InvariantCulture, $"{address.Host} answered {(int)response.StatusCode}{said}"))
        {
            IsRefused = !MayPass(response.StatusCode),
            RetryAfter = response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date - time.GetUtcNow(),
                _ => null,
            },
        };
    }

    /// <summary>Whether others would be answered so, too.</summary>
    private static bool MayPass(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static async Task<(string Text, bool IsWhole)> BeginningAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[most];
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var read = await stream.ReadAtLeastAsync(buffer, most, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                return (string.Concat(Encoding.UTF8.GetString(buffer, 0, read).Select(c => char.IsControl(c) ? ' ' : c)).Trim(), read < most);
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status says enough.
            return ("", true);
        }
    }
}
