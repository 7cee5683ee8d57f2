using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>A JSON boolean, number or string. A number with a point or an exponent is a binary64, any other an integer.</summary>
internal sealed class ParameterValueConverter : JsonConverter<ParameterValue>
{
    public override ParameterValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadValue(ref reader);

    public override void Write(Utf8JsonWriter writer, ParameterValue value, JsonSerializerOptions options) => WriteValue(writer, value);

    /// <exception cref="JsonException">The token is none of the three, or the number is too large.</exception>
    public static ParameterValue ReadValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number when !HasPointOrExponent(reader) && reader.TryGetInt64(out var integer) => integer,
        JsonTokenType.Number when reader.TryGetDouble(out var real) && double.IsFinite(real) => real,
        _ => throw new JsonException($"A parameter's value is true, false, a number or a string, not {reader.TokenType}."),
    };

    public static void WriteValue(Utf8JsonWriter writer, ParameterValue value)
    {
        switch (value.Kind)
        {
            case ParameterKind.Boolean: writer.WriteBooleanValue(value.AsBoolean()); break;
            case ParameterKind.Text: writer.WriteStringValue(value.AsString()); break;
            default: writer.WriteRawValue(value.ToString()); break;
        }
    }

    private static bool HasPointOrExponent(in Utf8JsonReader reader) =>
        (reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan).ContainsAny(".eE"u8);
}
