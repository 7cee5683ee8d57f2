using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Posts JSON, and tells what became of it. Follows no redirects. Thread-safe.</summary>
internal sealed class NotifierHttp(TimeProvider time) : IDisposable
{
    private const int MostAnswer = 1000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout };

    /// <param name="secrets">That no message may have.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    public async Task PostAsync(Uri address, JsonNode body, CancellationToken cancellation, IReadOnlyList<string>? secrets = null, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(BytesOf(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw await RefusalAsync(address, response, secrets ?? [], cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw new DeliveryException($"{address.Host} cannot be reached: {exception.Message.Replace(address.ToString(), "***", StringComparison.Ordinal)}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new DeliveryException(string.Create(CultureInfo.InvariantCulture, $"{address.Host} did not answer within {Timeout.TotalSeconds} s."), exception);
        }
    }

    /// <summary>As it is sent, and signed.</summary>
    public static byte[] BytesOf(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    public void Dispose() => _client.Dispose();

    private async Task<DeliveryException> RefusalAsync(Uri address, HttpResponseMessage response, IReadOnlyList<string> secrets, CancellationToken cancellation)
    {
        var answer = await BeginningAsync(response, cancellation).ConfigureAwait(false);
        foreach (var secret in secrets)
            answer = answer.Replace(secret, "***", StringComparison.Ordinal);
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

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[MostAnswer];
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var read = await stream.ReadAtLeastAsync(buffer, MostAnswer, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                return string.Concat(Encoding.UTF8.GetString(buffer, 0, read).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status says enough.
            return "";
        }
    }
}
