using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>A JSON object whose members keep their order.</summary>
internal sealed class TrialParametersConverter : JsonConverter<TrialParameters>
{
    public override TrialParameters Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"The parameters of a trial are an object, not {reader.TokenType}.");
        var values = new List<KeyValuePair<string, ParameterValue>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            values.Add(new(name, ParameterValueConverter.ReadValue(ref reader)));
        }
        return new TrialParameters(values);
    }

    public override void Write(Utf8JsonWriter writer, TrialParameters value, JsonSerializerOptions options) => value.WriteTo(writer);
}
