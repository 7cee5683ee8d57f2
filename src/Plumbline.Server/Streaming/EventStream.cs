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
        RequestBody.CheckMediaType(context.Request);
        var body = new ArrayBufferWriter<byte>();
        await RequestBody.ReadAsync(context.Request, body, new Deadline(time, options.Timeout));
        await AnswerAsync(TextChunks.Of(body.WrittenMemory, options.Limits));
    }

    /// <summary>The body waits on disk: most clients read nothing before they have sent all.</summary>
    public async Task AnswerRowsAsync()
    {
        RequestBody.CheckMediaType(context.Request);
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

    private async Task AnswerAsync(IRequestChunks chunks)
    {
        // Flow control is the client's, up to a pause that is told below.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
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
                var began = time.GetTimestamp();
                await ComputeAsync(call, chunks.Read);
                size = Math.Clamp(time.GetElapsedTime(began) is var took && took < Quick ? size * 2 : took > Slow ? size / 2 : size, 1, Math.Min(MostChunk, options.Limits.Items));
                await SendRowsAsync(call, done, done += count, chunks.Count);
            }
            await SendAsync(Event("done", $$"""{"total":{{Text(chunks.Count)}}}"""));
        }
        finally
        {
            predictions.Return(call);
        }
    }

    /// <summary>Has a chunk answered by the way that all requests go, and says meanwhile that it is alive.</summary>
    private async Task ComputeAsync(PredictionCall call, ReadRequest read)
    {
        var deadline = new Deadline(time, options.Timeout);
        var answering = Task.Run(() => predictions.AnswerAsync(context, call, read, deadline));
        while (!answering.IsCompleted)
        {
            using var waited = new CancellationTokenSource();
            var first = await Task.WhenAny(answering, Task.Delay(Heartbeat, time, waited.Token));
            await waited.CancelAsync();
            // What fails before the first event is answered as it is without a stream.
            if (first != answering && context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                await SendAsync(":\n\n"u8.ToArray());
        }
        await answering;
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

    private static byte[] Event(string name, string data) => Encoding.UTF8.GetBytes($"event: {name}\ndata: {data}\n\n");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
