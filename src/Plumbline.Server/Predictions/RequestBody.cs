using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Net.Http.Headers;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>Checks the media type of a body and collects its bytes.</summary>
internal static class RequestBody
{
    private const string Json = "application/json";

    public static void CheckEncoding(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is [{ } encoding, ..] && encoding != "identity")
            throw Unsupported($"Content-Encoding {Problem.Shorten(encoding)} is not supported.");
    }

    public static void CheckMediaType(HttpRequest request)
    {
        CheckEncoding(request);
        var sent = request.ContentType;
        if (string.Equals(sent, Json, StringComparison.Ordinal))
            return;
        if (string.IsNullOrEmpty(sent))
            throw Unsupported("There is no Content-Type.");
        if (!MediaTypeHeaderValue.TryParse(sent, out var type) || !type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"{Problem.Shorten(sent)} is not JSON.");
        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            throw Unsupported($"{Problem.Shorten(sent)} is not UTF-8.");
    }

    /// <summary>Most bodies have arrived whole with their headers, and are then read without waiting and without a timer.</summary>
    public static async ValueTask ReadAsync(HttpRequest request, ArrayBufferWriter<byte> body, Deadline deadline)
    {
        var reader = request.BodyReader;
        CancellationTokenSource? timeout = null;
        try
        {
            while (true)
            {
                if (!reader.TryRead(out var read))
                {
                    timeout ??= deadline.Timer();
                    // Not by a token of the read itself: after that Kestrel cannot drain the body, and says so in the log with a stack trace.
                    using var pending = timeout.Token.UnsafeRegister(static reading => ((PipeReader)reading!).CancelPendingRead(), reader);
                    read = await reader.ReadAsync();
                }
                if (read.IsCanceled)
                {
                    reader.AdvanceTo(read.Buffer.Start);
                    throw new ProblemException(Problem.Timeout(deadline.Limit));
                }
                foreach (var segment in read.Buffer)
                    body.Write(segment.Span);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        finally
        {
            timeout?.Dispose();
        }
    }

    private static ProblemException Unsupported(string fault) => new(Problem.UnsupportedMediaType(fault));
}
