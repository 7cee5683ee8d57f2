using System.Buffers;
using System.Text.Json;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>Reads a body of <c>POST /v2/models/…/infer</c>: JSON, and the binary form of those tensors that say so after it.</summary>
internal ref struct InferRequestReader
{
    /// <summary>Objects and arrays in each other that the protocol needs.</summary>
    private const int LeastDepth = 6;

    private readonly JsonInferRequest _request;
    private readonly ArrayBufferWriter<byte> _body;
    private readonly List<(string Name, bool? IsBinary)> _outputs = [];
    private readonly int _end;
    private Utf8JsonReader _json;
    private Members _seen;
    private int _binary;
    private bool _isBinary;

    private InferRequestReader(ArrayBufferWriter<byte> body, int header, RequestLimits limits, JsonInferRequest request)
    {
        (_request, _body, _end, _binary) = (request, body, body.WrittenCount, header);
        _json = RequestJson.Open(body.WrittenSpan[..header], limits.JsonDepth < LeastDepth ? limits with { JsonDepth = LeastDepth } : limits);
    }

    [Flags]
    private enum Members
    {
        Id = 1,
        Parameters = 2,
        Inputs = 4,
        Outputs = 8,
    }

    /// <param name="body">Gets the binary form of what is JSON, too, at its end.</param>
    /// <param name="header">Bytes of the JSON.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string holds a lone surrogate.</exception>
    public static void Read(ArrayBufferWriter<byte> body, int header, RequestLimits limits, JsonInferRequest request) =>
        new InferRequestReader(body, header, limits, request).Read();

    private void Read()
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("id"u8, Members.Id, "$.id"))
                _request.Id = ReadString(new JsonPath("$.id"));
            else if (Is("parameters"u8, Members.Parameters, "$.parameters"))
                _isBinary = ReadParameters(new JsonPath("$.parameters")).IsBinary ?? false;
            else if (Is("inputs"u8, Members.Inputs, "$.inputs"))
                ReadInputs();
            else if (Is("outputs"u8, Members.Outputs, "$.outputs"))
                ReadOutputs();
            else
                _json.Skip();
        }
        RequestJson.Close(ref _json);
        if ((_seen & Members.Inputs) == 0)
            throw RequestJson.Invalid(new JsonPath("$"), "must have inputs");
        if (_binary != _end)
            throw RequestJson.Invalid(new JsonPath("$.inputs"), $"must take all of the binary data; {_end - _binary} bytes are nobody's");
        foreach (var (name, isBinary) in _outputs)
            _request.Ask(name, isBinary ?? _isBinary);
        _request.IsBinary = _isBinary;
    }

    private bool Is(ReadOnlySpan<byte> name, Members member, string path)
    {
        if (!_json.ValueTextEquals(name))
            return false;
        if ((_seen & member) != 0)
            throw RequestJson.Invalid(new JsonPath(path), "must not be sent twice");
        _seen |= member;
        return _json.Read();
    }

    private void ReadInputs()
    {
        RequestJson.Expect(in _json, JsonTokenType.StartArray, new JsonPath("$.inputs"), "an array of objects");
        for (var i = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; i++)
            ReadInput(new JsonPath("$.inputs", i));
    }

    private void ReadInput(JsonPath path)
    {
        RequestJson.Expect(in _json, JsonTokenType.StartObject, path, "an object");
        string? name = null, datatype = null;
        List<long>? shape = null;
        int? size = null;
        Utf8JsonReader data = default;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (IsMember("name"u8))
                name = ReadString(path with { Member = "name" });
            else if (IsMember("datatype"u8))
                datatype = ReadString(path with { Member = "datatype" });
            else if (IsMember("shape"u8))
                shape = ReadShape(path with { Member = "shape" });
            else if (IsMember("parameters"u8))
                size = ReadParameters(path with { Member = "parameters" }).Size;
            else if (IsMember("data"u8))
                data = SkipData();
            else
                _json.Skip();
        }
        var type = ReadDatatype(path with { Member = "datatype" }, datatype);
        var (start, length) = ReadElements(path with { Member = "data" }, name ?? throw Missing(path, "name"), type, size, data);
        _request.Add(new InferTensor(name, type, shape ?? throw Missing(path, "shape"), start, length), _body.WrittenSpan);
    }

    /// <summary>Where the elements stand in the body: they are taken from the binary data, or brought there.</summary>
    /// <param name="data">At the array; at nothing where there is none.</param>
    private (int Start, int Length) ReadElements(JsonPath path, string name, TensorDatatype datatype, int? size, Utf8JsonReader data)
    {
        if (data.TokenType != JsonTokenType.None)
        {
            if (size is not null)
                throw RequestJson.Invalid(path, "must not be there beside binary_data_size");
            var start = _body.WrittenCount;
            TensorJson.Append(ref data, name, datatype, _body);
            return (start, _body.WrittenCount - start);
        }
        var length = size ?? throw RequestJson.Invalid(path, "must be there, or binary_data_size in parameters");
        if (length < 0 || length > _end - _binary)
            throw RequestJson.Invalid(InferTensor.PathOf(name), $"has a binary_data_size of {length}, but {_end - _binary} bytes are left; Inference-Header-Content-Length says where the JSON ends");
        _binary += length;
        return (_binary - length, length);
    }

    private void ReadOutputs()
    {
        RequestJson.Expect(in _json, JsonTokenType.StartArray, new JsonPath("$.outputs"), "an array of objects");
        for (var i = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; i++)
        {
            var path = new JsonPath("$.outputs", i);
            RequestJson.Expect(in _json, JsonTokenType.StartObject, path, "an object");
            string? name = null;
            bool? isBinary = null;
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                if (IsMember("name"u8))
                    name = ReadString(path with { Member = "name" });
                else if (IsMember("parameters"u8))
                    isBinary = ReadParameters(path with { Member = "parameters" }).IsBinary;
                else
                    _json.Skip();
            }
            _outputs.Add((name ?? throw Missing(path, "name"), isBinary));
        }
    }

    /// <summary>Those of the binary data; others are passed over.</summary>
    private (int? Size, bool? IsBinary) ReadParameters(JsonPath path)
    {
        RequestJson.Expect(in _json, JsonTokenType.StartObject, path, "an object");
        int? size = null;
        bool? isBinary = null;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (IsMember("binary_data_size"u8))
                size = _json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out var bytes) ? bytes : throw RequestJson.Invalid(path, "must have a whole number of bytes as binary_data_size");
            else if (_json.ValueTextEquals("binary_data"u8) || _json.ValueTextEquals("binary_data_output"u8))
                isBinary = _json.Read() && _json.TokenType is JsonTokenType.True or JsonTokenType.False ? _json.GetBoolean() : throw RequestJson.Invalid(path, "must have true or false as binary_data");
            else
                _json.Skip();
        }
        return (size, isBinary);
    }

    /// <summary>What the elements are may be said after them.</summary>
    private Utf8JsonReader SkipData()
    {
        var data = _json;
        _json.Skip();
        return data;
    }

    private List<long> ReadShape(JsonPath path)
    {
        RequestJson.Expect(in _json, JsonTokenType.StartArray, path, "an array of whole numbers");
        var shape = new List<long>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            shape.Add(_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var dimension) ? dimension : throw RequestJson.Invalid(path, "must be an array of whole numbers"));
        return shape;
    }

    private string ReadString(JsonPath path)
    {
        RequestJson.Expect(in _json, JsonTokenType.String, path, "a string");
        return _json.GetString()!;
    }

    /// <summary>Whether the reader stands at the property <paramref name="name"/>; if so, moves it to the value.</summary>
    private bool IsMember(ReadOnlySpan<byte> name) => _json.ValueTextEquals(name) && _json.Read();

    private static TensorDatatype ReadDatatype(JsonPath path, string? name) =>
        TensorDatatypes.TryParse(name ?? throw RequestJson.Invalid(path, "must be there"), out var datatype) ? datatype : throw RequestJson.Invalid(path, "is no datatype of the protocol");

    private static ProblemException Missing(JsonPath path, string member) => RequestJson.Invalid(path with { Member = member }, "must be there");
}
