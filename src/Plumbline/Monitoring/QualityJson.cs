using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordConverter<DriftAction>), typeof(WordConverter<DriftSeverity>), typeof(WordConverter<DriftKind>), typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(StoredQuality))]
[JsonSerializable(typeof(ConceptDrift))]
[JsonSerializable(typeof(QualityReport))]
[JsonSerializable(typeof(RetrainingDecision))]
[JsonSerializable(typeof(MonitorReport))]
internal sealed partial class QualityJson : JsonSerializerContext;
