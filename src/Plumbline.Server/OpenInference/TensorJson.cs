using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.OpenInference;

/// <summary>Brings the elements of a tensor in JSON, flat or nested, into the binary form.</summary>
internal static class TensorJson
{
    /// <param name="json">At the array.</param>
    /// <param name="body">Receives the elements.</param>
    public static void Append(ref Utf8JsonReader json, string name, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        var path = InferTensor.PathOf(name);
        RequestJson.Expect(in json, JsonTokenType.StartArray, path, "an array in data");
        var depth = json.CurrentDepth;
        for (var index = 0; json.Read() && !(json.TokenType == JsonTokenType.EndArray && json.CurrentDepth == depth);)
        {
            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray)
                continue;
            var element = path with { Index = index++ };
            if (datatype == TensorDatatype.Bytes)
                AppendBytes(ref json, element, mustBeString: name == InferRequest.Text, body);
            else if (datatype.IsWhole())
                AppendWhole(ref json, element, datatype, body);
            else if (datatype is TensorDatatype.Fp32 or TensorDatatype.Fp64)
                AppendNumber(ref json, element, datatype, body);
            else
                AppendOther(ref json, element, datatype, body);
        }
    }

    /// <summary>Numbers and booleans are names as they are written; null is an empty one.</summary>
    private static void AppendBytes(ref Utf8JsonReader json, JsonPath path, bool mustBeString, ArrayBufferWriter<byte> body)
    {
        if (mustBeString || json.TokenType == JsonTokenType.StartObject)
            RequestJson.Expect(in json, JsonTokenType.String, path, "a string");
        if (json.TokenType == JsonTokenType.String && json.ValueIsEscaped)
        {
            var buffer = body.GetSpan(sizeof(int) + json.ValueSpan.Length);
            var length = json.CopyString(buffer[sizeof(int)..]);
            BinaryPrimitives.WriteInt32LittleEndian(buffer, length);
            body.Advance(sizeof(int) + length);
            return;
        }
        TensorBytes.WriteElement(body, json.TokenType == JsonTokenType.Null ? [] : json.ValueSpan);
    }

    private static void AppendWhole(ref Utf8JsonReader json, JsonPath path, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        RequestJson.Expect(in json, JsonTokenType.Number, path, "a whole number");
        Int128 value = json.TryGetInt64(out var signed) ? signed : json.TryGetUInt64(out var unsigned) ? unsigned : Int128.MaxValue;
        if (!datatype.Holds(value))
            throw RequestJson.Invalid(path, $"must be a whole number of {datatype.Name()}");
        BinaryPrimitives.WriteInt128LittleEndian(body.GetSpan(16), value);
        body.Advance(datatype.Size());
    }

    /// <summary>Null is NaN, which stands for none; what is beyond the type is infinite, and so no number.</summary>
    private static void AppendNumber(ref Utf8JsonReader json, JsonPath path, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        if (json.TokenType != JsonTokenType.Null)
            RequestJson.Expect(in json, JsonTokenType.Number, path, "a number or null");
        var isNone = json.TokenType == JsonTokenType.Null;
        if (datatype == TensorDatatype.Fp32)
        {
            TensorBytes.WriteNumber(body, isNone ? float.NaN : json.TryGetSingle(out var number) ? number : float.PositiveInfinity);
            return;
        }
        BinaryPrimitives.WriteDoubleLittleEndian(body.GetSpan(sizeof(double)), isNone ? double.NaN : json.TryGetDouble(out var value) ? value : double.PositiveInfinity);
        body.Advance(sizeof(double));
    }

    private static void AppendOther(ref Utf8JsonReader json, JsonPath path, TensorDatatype datatype, ArrayBufferWriter<byte> body)
    {
        if (datatype != TensorDatatype.Bool)
            throw RequestJson.Invalid(path, $"cannot be {datatype.Name()} in JSON: send FP32");
        if (json.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            throw RequestJson.Invalid(path, $"must be true or false, not {RequestJson.Describe(json.TokenType)}");
        body.Write([(byte)(json.TokenType == JsonTokenType.True ? 1 : 0)]);
    }
}
