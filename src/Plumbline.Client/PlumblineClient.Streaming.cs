using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Polly.Timeout;

namespace Plumbline.Client;

public sealed partial class PlumblineClient
{
    /// <summary>
    /// Predicts many records, by default up to 100,000, and gives the answers in their order as they come. Who stops reading stops the server. Where a stream breaks off, the rows after the last answer
    /// can be sent again.
    /// </summary>
    /// <param name="rows">Gone through once a try.</param>
    /// <exception cref="PlumblineException">While answers are read, too.</exception>
    public async IAsyncEnumerable<StreamedPrediction> StreamAsync(
        IReadOnlyCollection<PredictionRow> rows, PredictionOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var response = await ClientTelemetry.ObserveAsync("stream", rows.Count, _options.Time, () => SendAsync(
            _pipelines.Streams, () => new RowsContent(rows, options), HttpMethod.Post, "batch_predict", options, OpenAsync, cancellation)).ConfigureAwait(false);
        var events = SseParser.Create(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false)).EnumerateAsync(pause.Token).GetAsyncEnumerator(pause.Token);
        await using var ended = events.ConfigureAwait(false);
        for (var done = 0; await NextAsync(events, pause, response, done, cancellation).ConfigureAwait(false) is { } part;)
        {
            for (var row = 0; row < part.Predictions!.Length; row++)
                yield return new StreamedPrediction(part.Offset + row, part.Predictions[row], part.Probs![row], part.PredictionIds![row], part.Version!, part.Explanations?[row]);
            done = part.Offset + part.Predictions.Length;
        }
    }

    /// <summary>Asks for a stream, and waits for its beginning as long as rows go out, and after the last for a pause.</summary>
    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken attempt)
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(attempt);
        pause.CancelAfter(_options.StreamPause);
        ((RowsContent)request.Content!).Sent = () =>
        {
            try
            {
                pause.CancelAfter(_options.StreamPause);
            }
            catch (ObjectDisposedException)
            {
                // It was answered before all of it was sent.
            }
        };
        try
        {
            return await _http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, pause.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (pause.IsCancellationRequested && !attempt.IsCancellationRequested)
        {
            throw new TimeoutRejectedException("No stream began.", _options.StreamPause, exception);
        }
    }

    /// <returns>The next rows; null after the last.</returns>
    /// <param name="done">Rows that have their answer.</param>
    private async ValueTask<SentBatch?> NextAsync(IAsyncEnumerator<SseItem<string>> events, CancellationTokenSource pause, HttpResponseMessage response, int done, CancellationToken cancellation)
    {
        try
        {
            pause.CancelAfter(_options.StreamPause);
            while (await events.MoveNextAsync().ConfigureAwait(false))
            {
                switch (events.Current.EventType)
                {
                    case "rows":
                        // As long as its caller takes is no pause of the server's.
                        pause.CancelAfter(Timeout.InfiniteTimeSpan);
                        return JsonSerializer.Deserialize(events.Current.Data, ClientJson.Default.SentBatch);
                    case "done":
                        return null;
                    case "error":
                        throw Problem(JsonSerializer.Deserialize(events.Current.Data, ClientJson.Default.SentProblem), response);
                }
                pause.CancelAfter(_options.StreamPause);
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Broken(exception);
        }
        throw Broken(null);

        PlumblineException Broken(Exception? reason) => new("stream-broken", $"The stream broke off after {done} rows. Those after them can be sent again.", reason) { RequestId = RequestIdOf(response) };
    }
}
