using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
