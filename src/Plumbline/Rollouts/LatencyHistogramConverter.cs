using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Rollouts;

/// <summary><c>{"max": 31000, "buckets": [[1290, 7], …]}</c>: index and count of each bucket that has values.</summary>
internal sealed class LatencyHistogramConverter : JsonConverter<LatencyHistogram>
{
    private const string Max = "max", Buckets = "buckets";

    public override LatencyHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            var root = document.RootElement;
            return LatencyHistogram.Of(root.GetProperty(Max).GetInt64(), root.GetProperty(Buckets).EnumerateArray().Select(bucket => (bucket[0].GetInt32(), bucket[1].GetInt64())));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new JsonException($"A latency histogram is {{\"max\": …, \"buckets\": [[index, count], …]}}: {error.Message}", error);
        }
    }

    public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Max, value.Max);
        writer.WriteStartArray(Buckets);
        foreach (var (index, count) in value.NonEmptyBuckets())
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(index);
            writer.WriteNumberValue(count);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
