using System.Text.Json.Serialization;

namespace Plumbline.Statistics;

/// <summary>Reading and writing of reports without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(ClassificationReport))]
[JsonSerializable(typeof(RowPredictions))]
public sealed partial class StatisticsJson : JsonSerializerContext;
