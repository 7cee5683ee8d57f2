using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Features;

namespace Plumbline.Inference.Logging;

/// <summary>A version as the prediction log names it: with what a row of numbers means. Immutable.</summary>
/// <param name="Version">As in answers: <c>reviews/3</c>, or the first digits of the bundle.</param>
/// <param name="Bundle">Digest.</param>
/// <param name="Numeric">Names of the numeric inputs that a client sends.</param>
/// <param name="Categorical">Likewise, with their categories.</param>
public sealed record LoggedVersion(string Version, string Bundle, IReadOnlyList<string> Labels, IReadOnlyList<string> Numeric, IReadOnlyList<CategoricalFeature> Categorical)
{
    /// <summary>Within one process.</summary>
    internal uint Number { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LoggedVersionJson.Default.LoggedVersion);

    /// <returns>Null where it is none.</returns>
    internal static LoggedVersion? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LoggedVersionJson.Default.LoggedVersion);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LoggedVersion))]
internal sealed partial class LoggedVersionJson : JsonSerializerContext;
