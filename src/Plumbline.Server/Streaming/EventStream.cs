using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Streaming;

/// <summary>Answers one long request as server-sent events (WHATWG HTML, §9.2), computed and sent chunk by chunk: docs/specs/http.md.</summary>
internal sealed class EventStream(HttpContext context, PredictionApi predictions, HostState state, ServerOptions options, TimeProvider time)
{
    /// <summary>Bytes of a chunk's request after which no more is added to it.</summary>
    public const int MostChunkBytes = 1024 * 1024;

    private const string MediaType = "text/event-stream";
    private const int FirstChunk = 32, MostChunk = 256, BytesInMemory = 1024 * 1024;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50), Slow = TimeSpan.FromMilliseconds(500);
    private static readonly MinDataRate SlowestBody = new(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(30));

    public static bool IsAskedFor(HttpRequest request)
    {
        foreach (var accepted in request.Headers.Accept)
        {
            if (accepted?.Contains(MediaType, StringComparison.OrdinalIgnoreCase) == true)
                return true;
        }
        return false;
    }

    public static bool IsAnswer(HttpResponse response) => response.ContentType == MediaType;

    /// <summary>The whole body is held: what belongs to the first text may stand at its end.</summary>
    public async Task AnswerTextsAsync()
    {
        CheckHeaders();
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, new Deadline(time, options.Timeout));
        await AnswerAsync(TextChunks.Of(body.WrittenMemory, options.Limits));
    }

    /// <summary>The body waits on disk: most clients read nothing before they have sent all.</summary>
    public async Task AnswerRowsAsync()
    {
        CheckHeaders();
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = options.Limits.StreamBytes;
        context.Features.GetRequiredFeature<IHttpMinRequestBodyDataRateFeature>().MinDataRate = SlowestBody;
        context.Request.EnableBuffering(BytesInMemory, options.Limits.StreamBytes);
        RowChunks rows;
        try
        {
            rows = await RowChunks.ReadAsync(context.Request.Body, options.Limits, context.RequestAborted);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ProblemException(Problem.BodyTooLarge(options.Limits.StreamBytes));
        }
        await AnswerAsync(rows);
    }

    /// <summary>Before the body is read, which may take long.</summary>
    private void CheckHeaders()
    {
        RequestBody.CheckMediaType(context.Request);
        NewDeadline();
    }

    /// <summary>Of a chunk: what the caller gives, or else what the server does.</summary>
    private Deadline NewDeadline() => Deadline.Of(context.Request, time, options.Timeout);

    private async Task AnswerAsync(IRequestChunks chunks)
    {
        // Flow control is the client's, up to a pause that is told below.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        // Far enough within the limit of a chunk, where that is short.
        var (quick, slow) = (Least(Quick, NewDeadline().Limit / 8), Least(Slow, NewDeadline().Limit / 2));
        var call = predictions.Rent();
        try
        {
            var size = Math.Min(FirstChunk, options.Limits.Items);
            for (var done = 0; done < chunks.Count;)
            {
                if (state.IsStopping)
                    throw new ProblemException(Problem.Stopping());
                context.RequestAborted.ThrowIfCancellationRequested();
                call.Clear();
                var count = await chunks.NextAsync(size, call.Body, context.RequestAborted);
                var took = await ComputeAsync(call, chunks.Read);
                size = Math.Clamp(took < quick ? size * 2 : took > slow ? size / 2 : size, 1, Math.Min(MostChunk, options.Limits.Items));
                await SendRowsAsync(call, done, done += count, chunks.Count);
            }
            await SendAsync(Event("done", $$"""{"total":{{Text(chunks.Count)}}}"""));
        }
        finally
        {
            predictions.Return(call);
        }
    }

    /// <summary>Has a chunk answered by the way that all requests go; once rows are sent, what is refused as overloaded is asked for again when it is told to be.</summary>
    /// <returns>How long that took, at last.</returns>
    private async Task<TimeSpan> ComputeAsync(PredictionCall call, ReadRequest read)
    {
        for (var first = time.GetTimestamp(); ;)
        {
            var began = time.GetTimestamp();
            try
            {
                var deadline = NewDeadline();
                await KeepAliveAsync(Task.Run(() => predictions.AnswerAsync(context, call, read, deadline)));
                return time.GetElapsedTime(began);
            }
            catch (ProblemException exception) when (
                exception.Problem is { Kind: Problem.OverloadedKind, RetryAfter: { } wait } && context.Response.HasStarted && !state.IsStopping && time.GetElapsedTime(first) + wait <= LongestPause)
            {
                // What it was to compute for others is theirs meanwhile.
                call.ClearAnswer();
                await KeepAliveAsync(Task.Delay(wait, time, context.RequestAborted));
                if (state.IsStopping)
                    throw new ProblemException(Problem.Stopping());
            }
        }
    }

    /// <summary>Waits, and says meanwhile that it is alive.</summary>
    private async Task KeepAliveAsync(Task awaited)
    {
        try
        {
            while (!awaited.IsCompleted)
            {
                using var waited = new CancellationTokenSource();
                var first = await Task.WhenAny(awaited, Task.Delay(Heartbeat, time, waited.Token));
                await waited.CancelAsync();
                // What fails before the first event is answered as it is without a stream.
                if (first != awaited && context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                    await SendAsync(":\n\n"u8.ToArray());
            }
        }
        finally
        {
            // Where the client is gone, too: the call is not given back while it is computed.
            await awaited;
        }
    }

    private async Task SendRowsAsync(PredictionCall call, int offset, int done, int total)
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.ContentType = MediaType;
            response.Headers.CacheControl = "no-store";
            // Proxies of nginx's kind would hold events back.
            response.Headers["X-Accel-Buffering"] = "no";
        }
        var writer = response.BodyWriter;
        writer.Write(Encoding.UTF8.GetBytes($"event: rows\ndata: {{\"offset\":{Text(offset)},"));
        writer.Write(call.Output[1..]);
        writer.Write("\n\n"u8);
        await SendAsync(Event("progress", $$"""{"done":{{Text(done)}},"total":{{Text(total)}}}"""));
    }

    /// <summary>Waits while the client does not read, but not for ever.</summary>
    private async Task SendAsync(byte[] bytes)
    {
        using var patience = new CancellationTokenSource(LongestPause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            if (!(await context.Response.BodyWriter.WriteAsync(bytes, either.Token)).IsCompleted)
                return;
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        throw new ConnectionAbortedException("The client reads no more.");
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static byte[] Event(string name, string data) => Encoding.UTF8.GetBytes($"event: {name}\ndata: {data}\n\n");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
