using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Rollouts.Gates;
using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary>The JSON of rollouts, as docs/specs/rollouts.md has it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(WordConverter<RolloutKind>), typeof(WordConverter<RolloutUnit>), typeof(WordConverter<RolloutMetric>), typeof(WordConverter<RolloutPhase>), typeof(WordConverter<RolloutAction>),
        typeof(WordConverter<GateKind>), typeof(WordConverter<GateOutcome>), typeof(WordConverter<AbVerdict>), typeof(WordConverter<OverdueAction>), typeof(LatencyHistogramConverter), typeof(UnitSampleConverter), typeof(UndefinedAsNullConverter),
    ])]
[JsonSerializable(typeof(RolloutDefinition))]
[JsonSerializable(typeof(RolloutTemplate))]
[JsonSerializable(typeof(RolloutState))]
[JsonSerializable(typeof(RolloutDecision))]
[JsonSerializable(typeof(IReadOnlyList<Measurement>))]
[JsonSerializable(typeof(ShadowReport))]
[JsonSerializable(typeof(AbReport))]
[JsonSerializable(typeof(IReadOnlyList<Slice>))]
public sealed partial class RolloutJson : JsonSerializerContext
{
    internal static string NameOf<T>(T word)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());

    private sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
        where T : struct, Enum;
}
