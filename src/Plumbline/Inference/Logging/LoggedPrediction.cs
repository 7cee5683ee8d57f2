using System.Text.Json;

namespace Plumbline.Inference.Logging;

/// <summary>An answer as it was logged.</summary>
/// <param name="Time">When it was ready, in microseconds.</param>
/// <param name="Version">As in the answer.</param>
/// <param name="Bundle">Digest.</param>
/// <param name="Route">Hash of the routed unit; null where nothing was assigned.</param>
/// <param name="Labels">Of the version, in the order of <paramref name="Probabilities"/>.</param>
/// <param name="Numeric">Inputs that the client sent; null where missing.</param>
/// <param name="Categorical">Likewise; empty where the value was none of the contract's.</param>
/// <param name="Text">Null where texts are not kept.</param>
public sealed record LoggedPrediction(
    Guid Id, DateTimeOffset Time, string Version, string Bundle, ulong? Route, string? User, string? Item, string Label, IReadOnlyList<string> Labels,
    IReadOnlyList<float> Probabilities, TimeSpan Latency, IReadOnlyDictionary<string, float?> Numeric, IReadOnlyDictionary<string, string?> Categorical, string? Text)
{
    /// <summary>W3C trace id of the request, 32 hex digits; null where it was logged without one.</summary>
    public string? TraceId { get; init; }

    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoggedPredictionJson.Relaxed.LoggedPrediction);

    /// <summary>Probability of the answered label.</summary>
    public float Confidence => ProbabilityOf(Label);

    /// <returns>NaN where the version has no such label.</returns>
    public float ProbabilityOf(string label)
    {
        for (var i = 0; i < Labels.Count; i++)
        {
            if (Labels[i] == label)
                return Probabilities[i];
        }
        return float.NaN;
    }
}
