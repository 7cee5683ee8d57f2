using System.Buffers;
using System.Text.Json;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features;
using Plumbline.Features.Online;

namespace Plumbline.Server.Predictions;

/// <summary>How the client asked, and so how it is answered.</summary>
internal enum RequestShape
{
    Text,
    Texts,
    Rows,
}

/// <summary>What a feature's values are.</summary>
internal enum FeatureKind
{
    Numeric,
    Categorical,
}

/// <summary>
/// What a client asks to be predicted: texts packed as valid UTF-8, and a column for each numeric and each categorical feature of the contract. Reused from
/// request to request, so that reading one allocates nothing. Not thread-safe.
/// </summary>
internal sealed class PredictionRequest(bool keepsKeys = false)
{
    /// <summary>A value that the client did not send.</summary>
    public const float Missing = float.NaN;

    /// <summary>A value that was sent and is no number; JSON has no infinity, so that this is none that a client could send.</summary>
    public const float NotANumber = float.NegativeInfinity;

    private readonly ArrayBufferWriter<byte> _texts = new();
    private readonly List<int> _ends = [];
    private readonly List<List<float>> _columns = [];
    private readonly List<List<int>> _categories = [];
    private ServedModel? _model;

    public RequestShape Shape { get; set; }

    public int Count => _ends.Count;

    /// <summary>Contributions to explain each answer by; 0 for none.</summary>
    public int Explain { get; set; }

    /// <summary>Whether explanations were asked for, and are switched off.</summary>
    public bool IsExplainOff { get; private set; }

    /// <summary>Users, items and times, where the model asks for them.</summary>
    public EntityColumns Entities { get; } = new();

    /// <summary>Whether users, items and times mean something to the model.</summary>
    public bool UsesEntities => _model!.FirstAggregate < _model.FirstCategorical;

    /// <summary>Whether users and items are taken though they mean nothing to the model.</summary>
    public bool TakesKeysOnly => keepsKeys && !UsesEntities;

    public int BytesHeld => _texts.Capacity + Entities.BytesHeld;

    /// <summary>Whether a value was sent of a feature that is computed from the text.</summary>
    public bool HasTextFeatures { get; private set; }

    public void Clear(ServedModel model)
    {
        _model = model;
        _texts.ResetWrittenCount();
        _ends.Clear();
        Entities.Clear();
        HasTextFeatures = false;
        (Explain, IsExplainOff) = (0, false);
        foreach (var column in _columns)
            column.Clear();
        while (_columns.Count < model.FirstCategorical)
            _columns.Add([]);
        foreach (var column in _categories)
            column.Clear();
        while (_categories.Count < model.Features.Length - model.FirstCategorical)
            _categories.Add([]);
    }

    /// <summary>Explanations are switched off.</summary>
    public void WithholdExplanations() => (Explain, IsExplainOff) = (0, true);

    public ReadOnlySpan<byte> Text(int item)
    {
        var start = item == 0 ? 0 : _ends[item - 1];
        return _texts.WrittenSpan[start.._ends[item]];
    }

    /// <summary>As <see cref="Text"/>, valid until the request is cleared.</summary>
    public ReadOnlyMemory<byte> TextMemory(int item)
    {
        var start = item == 0 ? 0 : _ends[item - 1];
        return _texts.WrittenMemory[start.._ends[item]];
    }

    /// <param name="feature">Place in the contract.</param>
    /// <returns>A finite number, <see cref="Missing"/> or <see cref="NotANumber"/>.</returns>
    public float Value(int feature, int item) => item < _columns[feature].Count ? _columns[feature][item] : Missing;

    /// <param name="feature">Place in the contract, of a categorical feature.</param>
    /// <returns>Number of the category, or one of <see cref="Category"/>.</returns>
    public int CategoryOf(int feature, int item) => CategoriesOf(feature) is var column && item < column.Count ? column[item] : Category.Missing;

    /// <summary>Room for a text of at most <paramref name="length"/> bytes, for <see cref="AddText"/>.</summary>
    public Span<byte> TextBuffer(int length) => _texts.GetSpan(Math.Max(length, 1));

    public void AddText(int length)
    {
        _texts.Advance(length);
        _ends.Add(_texts.WrittenCount);
    }

    /// <param name="kind">Null looks among all.</param>
    /// <returns>Place in the contract of the feature that the reader's property names, or -1.</returns>
    public int FindFeature(ref Utf8JsonReader json, FeatureKind? kind = null)
    {
        var features = _model!.Features;
        for (var i = kind == FeatureKind.Categorical ? _model.FirstCategorical : 0; i < (kind == FeatureKind.Numeric ? _model.FirstCategorical : features.Length); i++)
        {
            if (json.ValueTextEquals(features[i].Utf8Name))
                return i;
        }
        return -1;
    }

    /// <returns>Place in the contract, or -1.</returns>
    public int FindFeature(string name) => Array.FindIndex(_model!.Features, feature => feature.Name == name);

    public bool IsCategorical(int feature) => feature >= _model!.FirstCategorical;

    /// <summary>Values of <paramref name="feature"/> that were sent so far.</summary>
    public int ValueCount(int feature) => feature < _model!.FirstCategorical ? _columns[feature].Count : CategoriesOf(feature).Count;

    public string FeatureName(int feature) => _model!.Features[feature].Name;

    /// <summary>Takes the value of a feature that the reader stands at.</summary>
    /// <param name="item">Not before the last item that has a value; those between are missing.</param>
    public void AddValue(int feature, int item, ref Utf8JsonReader json)
    {
        if (feature < _model!.FirstCategorical)
            Add(_columns[feature], item, RequestJson.ReadNumber(ref json), Missing);
        else
            Add(CategoriesOf(feature), item, ReadCategory(feature - _model.FirstCategorical, ref json), Category.Missing);
        HasTextFeatures |= feature < _model.FirstInput;
    }

    /// <param name="number">NaN for none; an infinite one is no number.</param>
    /// <inheritdoc cref="AddValue" path="/param"/>
    public void AddNumber(int feature, int item, float number)
    {
        Add(_columns[feature], item, float.IsInfinity(number) ? NotANumber : number, Missing);
        HasTextFeatures |= feature < _model!.FirstInput;
    }

    /// <param name="name">UTF-8; blank for none.</param>
    /// <inheritdoc cref="AddValue" path="/param"/>
    public void AddCategory(int feature, int item, ReadOnlySpan<byte> name) =>
        Add(CategoriesOf(feature), item, _model!.Predictor.FindCategory(feature - _model.FirstCategorical, name), Category.Missing);

    /// <summary>Takes a user or item that means nothing to the model; one that could not be one is none.</summary>
    /// <param name="item">Not before the last that has a value.</param>
    public void AddKeyOnly(EntityKind kind, int item, ref Utf8JsonReader json)
    {
        if (json.TokenType is JsonTokenType.String or JsonTokenType.Number && json.ValueSpan.Length <= EntityEvent.MostIdBytes && Entities.KeyCount(kind) <= item)
            Entities.AddKey(kind, item, ref json, default);
        else
            json.Skip();
    }

    private List<int> CategoriesOf(int feature) => _categories[feature - _model!.FirstCategorical];

    private static void Add<T>(List<T> column, int item, T value, T missing)
    {
        while (column.Count < item)
            column.Add(missing);
        column.Add(value);
    }

    /// <summary>Numbers and booleans are names as they are written; a value of any other type is passed over.</summary>
    private int ReadCategory(int column, ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return Category.Missing;
            case JsonTokenType.String when json.ValueIsEscaped:
                var buffer = TextBuffer(json.ValueSpan.Length);
                return _model!.Predictor.FindCategory(column, buffer[..json.CopyString(buffer)]);
            case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                return _model!.Predictor.FindCategory(column, json.ValueSpan);
            default:
                json.Skip();
                return Category.Invalid;
        }
    }
}
