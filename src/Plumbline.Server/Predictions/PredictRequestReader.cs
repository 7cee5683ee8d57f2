using System.Text.Json;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Server.Predictions;

/// <summary>Reads a body of <c>POST /predict</c>.</summary>
internal ref struct PredictRequestReader
{
    private readonly PredictionRequest _request;
    private readonly RequestLimits _limits;
    private Utf8JsonReader _json;
    private Members _seen;
    private List<Extent>? _extents;

    private PredictRequestReader(ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request)
    {
        _request = request;
        _limits = limits;
        _json = RequestJson.Open(body, limits);
    }

    [Flags]
    private enum Members
    {
        Text = 1,
        Texts = 2,
        NumericFeatures = 4,
        Entities = 8,
        Time = 16,
        User = 32,
        Item = 64,
        CategoricalFeatures = 128,
        Explain = 256,
    }

    /// <exception cref="JsonException">The body is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string holds a lone surrogate.</exception>
    public static void Read(ReadOnlySpan<byte> body, RequestLimits limits, PredictionRequest request) =>
        new PredictRequestReader(body, limits, request).Read();

    private void Read()
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("texts"u8, Members.Texts, "$.texts"))
                ReadTexts();
            else if (Is("text"u8, Members.Text, "$.text"))
                RequestJson.ReadText(ref _json, new JsonPath("$.text"), _limits, _request);
            else if (Is("numeric_features"u8, Members.NumericFeatures, "$.numeric_features"))
                ReadFeatures("$.numeric_features", FeatureKind.Numeric);
            else if (Is("categorical_features"u8, Members.CategoricalFeatures, "$.categorical_features"))
                ReadFeatures("$.categorical_features", FeatureKind.Categorical);
            else if (Is("entities"u8, Members.Entities, "$.entities"))
                ReadEntities();
            else if (Is("time"u8, Members.Time, "$.time"))
                ReadKeys(new JsonPath("$.time"), kind: null);
            else if (Is("explain"u8, Members.Explain, RequestJson.Explain))
                RequestJson.ReadExplain(ref _json, _request);
            else
                _json.Skip();
        }
        RequestJson.Close(ref _json);

        if ((_seen & (Members.Text | Members.Texts)) == 0)
            throw RequestJson.Invalid(new JsonPath("$"), "must have texts or text");
        _request.Shape = (_seen & Members.Text) != 0 ? RequestShape.Text : RequestShape.Texts;
        if (_extents is null)
            return;
        foreach (var extent in _extents)
            Check(extent);
    }

    /// <summary>Whether the reader stands at the property <paramref name="name"/>; if so, moves it to the value.</summary>
    private bool Is(ReadOnlySpan<byte> name, Members member, string path)
    {
        if (!_json.ValueTextEquals(name))
            return false;
        if ((_seen & member) != 0)
            throw RequestJson.Invalid(new JsonPath(path), "must not be sent twice");
        _seen |= member;
        if ((_seen & (Members.Text | Members.Texts)) == (Members.Text | Members.Texts))
            throw RequestJson.Invalid(new JsonPath("$"), "must not have both texts and text");
        _json.Read();
        return true;
    }

    private void ReadTexts()
    {
        RequestJson.Expect(in _json, JsonTokenType.StartArray, new JsonPath("$.texts"), "an array of strings");
        for (var i = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; i++)
        {
            if (i == _limits.Items)
                throw RequestJson.Invalid(new JsonPath("$.texts"), $"must not have more than {_limits.Items} texts");
            RequestJson.ReadText(ref _json, new JsonPath("$.texts", i), _limits, _request);
        }
        if (_request.Count == 0)
            throw RequestJson.Invalid(new JsonPath("$.texts"), "must not be empty");
    }

    private void ReadFeatures(string name, FeatureKind kind)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return;
        RequestJson.Expect(in _json, JsonTokenType.StartObject, new JsonPath(name), "an object or null");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var feature = _request.FindFeature(ref _json, kind);
            if (feature < 0)
                _json.Skip();
            else
                ReadColumn(new JsonPath(name, Member: _request.FeatureName(feature)), feature);
        }
    }

    private void ReadColumn(JsonPath path, int feature)
    {
        if (_extents is not null && _extents.Exists(extent => extent.Path == path))
            throw RequestJson.Invalid(path, "must not be sent twice");
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _request.AddValue(feature, 0, ref _json);
            Note(path, isArray: false, 1);
            return;
        }
        var count = 0;
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; count++)
            _request.AddValue(feature, count, ref _json);
        Note(path, isArray: true, count);
    }

    private void ReadEntities()
    {
        if (_json.TokenType == JsonTokenType.Null)
            return;
        RequestJson.Expect(in _json, JsonTokenType.StartObject, new JsonPath("$.entities"), "an object or null");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("user"u8, Members.User, "$.entities.user"))
                ReadKeys(new JsonPath("$.entities.user"), EntityKind.User);
            else if (Is("item"u8, Members.Item, "$.entities.item"))
                ReadKeys(new JsonPath("$.entities.item"), EntityKind.Item);
            else
                _json.Skip();
        }
    }

    /// <param name="kind">Null for times.</param>
    private void ReadKeys(JsonPath path, EntityKind? kind)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return;
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            ReadKey(path, kind, 0);
            Note(path, isArray: false, 1);
            return;
        }
        var count = 0;
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; count++)
            ReadKey(path with { Index = count }, kind, count);
        Note(path, isArray: true, count);
    }

    private void ReadKey(JsonPath path, EntityKind? kind, int item)
    {
        if (_json.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null))
            throw RequestJson.Invalid(path, $"must be a string, a number or null, not {RequestJson.Describe(_json.TokenType)}");
        if (!_request.UsesEntities)
        {
            if (kind is { } unused && _request.TakesKeysOnly)
                _request.AddKeyOnly(unused, item, ref _json);
            return;
        }
        if (kind is { } entity)
            _request.Entities.AddKey(entity, item, ref _json, path);
        else
            _request.Entities.AddTime(item, ref _json, path);
    }

    private void Note(JsonPath path, bool isArray, int count) => (_extents ??= []).Add(new Extent(path, isArray, count));

    /// <summary>The texts may come after what goes with them, so that lengths are compared at the end.</summary>
    private void Check(Extent extent)
    {
        if (!extent.IsArray && _request.Shape == RequestShape.Texts)
            throw RequestJson.Invalid(extent.Path, "must be an array, as texts is");
        if (extent.Count != _request.Count)
            throw RequestJson.Invalid(extent.Path, $"must have {_request.Count} values, one for each text, not {extent.Count}");
    }

    private readonly record struct Extent(JsonPath Path, bool IsArray, int Count);
}
