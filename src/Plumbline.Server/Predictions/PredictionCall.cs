using System.Buffers;
using System.Text.Json;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Server.Caching;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>
/// The way from a body to its answer, and the memory for it, which is reused: a call of the usual size allocates nothing. Not thread-safe.
/// </summary>
internal sealed class PredictionCall : IDisposable
{
    private const int MostBytesToKeep = 256 * 1024;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Utf8JsonWriter _json;

    /// <param name="keepsKeys">Whether users and items are taken of models that know none, too.</param>
    public PredictionCall(bool keepsKeys = false)
    {
        _json = new Utf8JsonWriter(_output, AnswerWriter.Options);
        Request = new PredictionRequest(keepsKeys);
    }

    /// <summary>Where the body is to be collected.</summary>
    public ArrayBufferWriter<byte> Body { get; } = new();

    /// <summary>What was asked in another protocol's form; null where it was in this program's own.</summary>
    public IProtocolRequest? Protocol { get; set; }

    public PredictionRequest Request { get; }

    public PredictionAnswer Answer { get; } = new();

    /// <summary>Aggregates of the request's items, if the model has any.</summary>
    public AggregateBatch Aggregates { get; } = new();

    /// <summary>Answers of the request's items that need not be computed.</summary>
    public CachedPredictions Cached { get; } = new();

    /// <summary>The answer as JSON, after <see cref="Write"/>.</summary>
    public ReadOnlySpan<byte> Output => _output.WrittenSpan;

    /// <summary>Whether this is small enough to be kept for another request.</summary>
    public bool IsReusable => Body.Capacity + Request.BytesHeld + Answer.BytesHeld + Cached.BytesHeld + _output.Capacity <= MostBytesToKeep;

    /// <exception cref="ProblemException">The body is not what <paramref name="read"/> reads.</exception>
    public void Read(ServedModel model, ReadRequest read, RequestLimits limits)
    {
        Request.Clear(model);
        try
        {
            read(Body.WrittenSpan, limits, Request);
        }
        catch (JsonException exception)
        {
            throw new ProblemException(Problem.InvalidJson(exception.Message));
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.CopyString and ValueTextEquals: an escape such as \ud800 without its other half.
            throw new ProblemException(Problem.InvalidJson("A string holds a lone surrogate."));
        }
    }

    /// <param name="key">Receives UTF-8; a longer one counts as none.</param>
    /// <returns>Bytes of the user or item of the first text in the body; 0 where there is none.</returns>
    public int FindKey(EntityKind kind, Span<byte> key) => Protocol?.FindKey(Body.WrittenSpan, kind, key) ?? RoutingKey.Find(Body.WrittenSpan, kind, key);

    /// <summary>Fetches the aggregates of what was read.</summary>
    public ValueTask FetchAsync(ServedAggregates served, DateTimeOffset now, CancellationToken cancellation)
    {
        var time = (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        for (var item = 0; item < Request.Count; item++)
            Aggregates.Add(Request.Entities.Key(EntityKind.User, item), Request.Entities.Key(EntityKind.Item, item), Request.Entities.Time(item) ?? time);
        return served.FetchAsync(Aggregates, cancellation);
    }

    /// <summary>Computes the answer and writes it.</summary>
    /// <inheritdoc cref="Compute" path="/param|/exception"/>
    public void Complete(ServedModel model, RequestIds ids, int generation, Deadline deadline)
    {
        Compute(model, ids, generation, deadline);
        Write(model);
    }

    /// <param name="generation">Number that the ids of predictions tell.</param>
    /// <exception cref="ProblemException">The time ran out.</exception>
    public void Compute(ServedModel model, RequestIds ids, int generation, Deadline deadline) => Answer.Compute(model, Request, Aggregates, ids, generation, deadline, Cached);

    /// <summary>Writes the answer that was computed, and keeps it for others.</summary>
    public void Write(ServedModel model)
    {
        Cached.Keep(Answer);
        if (Protocol is null)
            AnswerWriter.Write(_json, model, Request, Answer);
        else
            Protocol.Write(_json, _output, model, Request, Answer);
        _json.Flush();
    }

    public void Clear()
    {
        Body.ResetWrittenCount();
        Protocol = null;
        ClearAnswer();
    }

    /// <summary>Forgets all but the body.</summary>
    public void ClearAnswer()
    {
        _output.ResetWrittenCount();
        _json.Reset();
        Aggregates.Clear();
        Cached.Clear();
    }

    public void Dispose() => _json.Dispose();
}

/// <summary>Reads a body into a request that was cleared.</summary>
internal delegate void ReadRequest(ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request);
