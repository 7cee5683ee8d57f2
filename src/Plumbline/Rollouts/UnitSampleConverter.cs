using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Rollouts;

/// <summary><c>{"level": 3, "hashes": "…"}</c>: base64 of eight bytes a hash, big-endian, in ascending order.</summary>
internal sealed class UnitSampleConverter : JsonConverter<UnitSample>
{
    private const string Level = "level", Hashes = "hashes";

    public override UnitSample Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            var (level, bytes) = (document.RootElement.GetProperty(Level).GetInt32(), document.RootElement.GetProperty(Hashes).GetBytesFromBase64());
            if (level is < 0 or > UnitSample.MostLevel || bytes.Length % sizeof(ulong) != 0)
                throw new FormatException($"Level {level} or {bytes.Length} bytes cannot be.");
            return UnitSample.Of(level, Enumerable.Range(0, bytes.Length / sizeof(ulong)).Select(i => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)))));
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException($"A sample of units is {{\"level\": …, \"hashes\": base64}}: {error.Message}", error);
        }
    }

    public override void Write(Utf8JsonWriter writer, UnitSample value, JsonSerializerOptions options)
    {
        var bytes = new byte[value.Hashes.Count * sizeof(ulong)];
        for (var i = 0; i < value.Hashes.Count; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), value.Hashes[i]);
        writer.WriteStartObject();
        writer.WriteNumber(Level, value.Level);
        writer.WriteBase64String(Hashes, bytes);
        writer.WriteEndObject();
    }
}
