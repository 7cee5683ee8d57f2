using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Statistics;

/// <summary>JSON has no NaN: a score that is undefined is written as null, and read back as NaN.</summary>
public sealed class UndefinedAsNullConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsNaN(value))
            writer.WriteNullValue();
        else
            writer.WriteNumberValue(value);
    }
}
