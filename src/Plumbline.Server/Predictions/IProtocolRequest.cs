using System.Buffers;
using System.Text.Json;
using Plumbline.Datasets.Aggregates;
using Plumbline.Server.Generations;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>A request in another protocol's form: who is to answer it, by what it is routed, and how its answer is written. Used by one call at a time.</summary>
internal interface IProtocolRequest
{
    /// <summary>The version that the request names, which then answers whatever the plan says; null where it names none.</summary>
    /// <exception cref="ProblemException">What it names is not served.</exception>
    ServedArm? Pin(ServingSet serving);

    /// <param name="body">Of the call.</param>
    /// <param name="key">Receives UTF-8; a longer one counts as none.</param>
    /// <returns>Bytes of the first text's user or item; 0 where there is none.</returns>
    int FindKey(ReadOnlySpan<byte> body, EntityKind kind, Span<byte> key);

    /// <param name="json">Writes to <paramref name="output"/>.</param>
    void Write(Utf8JsonWriter json, ArrayBufferWriter<byte> output, ServedModel model, PredictionRequest request, PredictionAnswer answer);
}
