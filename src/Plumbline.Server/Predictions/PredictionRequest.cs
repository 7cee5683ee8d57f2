using System.Buffers;
using System.Text.Json;

namespace Plumbline.Server.Predictions;

/// <summary>How the client asked, and so how it is answered.</summary>
internal enum RequestShape
{
    Text,
    Texts,
    Rows,
}

/// <summary>
/// What a client asks to be predicted: texts packed as valid UTF-8, and a column for each numeric feature of the contract. Reused from
/// request to request, so that reading one allocates nothing. Not thread-safe.
/// </summary>
internal sealed class PredictionRequest
{
    /// <summary>A value that the client did not send.</summary>
    public const float Missing = float.NaN;

    /// <summary>A value that was sent and is no number; JSON has no infinity, so that this is none that a client could send.</summary>
    public const float NotANumber = float.NegativeInfinity;

    private readonly ArrayBufferWriter<byte> _texts = new();
    private readonly List<int> _ends = [];
    private readonly List<List<float>> _columns = [];
    private ServedModel? _model;

    public RequestShape Shape { get; set; }

    public int Count => _ends.Count;

    /// <summary>Contributions to explain each answer by; 0 for none.</summary>
    public int Explain { get; set; }

    /// <summary>Users, items and times, where the model asks for them.</summary>
    public EntityColumns Entities { get; } = new();

    /// <summary>Whether users, items and times mean something to the model.</summary>
    public bool UsesEntities => _model!.FirstAggregate < _model.Features.Length;

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
        Explain = 0;
        foreach (var column in _columns)
            column.Clear();
        while (_columns.Count < model.Features.Length)
            _columns.Add([]);
    }

    public ReadOnlySpan<byte> Text(int item)
    {
        var start = item == 0 ? 0 : _ends[item - 1];
        return _texts.WrittenSpan[start.._ends[item]];
    }

    /// <param name="feature">Place in the contract.</param>
    /// <returns>A finite number, <see cref="Missing"/> or <see cref="NotANumber"/>.</returns>
    public float Value(int feature, int item) => item < _columns[feature].Count ? _columns[feature][item] : Missing;

    /// <summary>Room for a text of at most <paramref name="length"/> bytes, for <see cref="AddText"/>.</summary>
    public Span<byte> TextBuffer(int length) => _texts.GetSpan(Math.Max(length, 1));

    public void AddText(int length)
    {
        _texts.Advance(length);
        _ends.Add(_texts.WrittenCount);
    }

    /// <returns>Place in the contract of the feature that the reader's property names, or -1.</returns>
    public int FindFeature(ref Utf8JsonReader json)
    {
        var features = _model!.Features;
        for (var i = 0; i < features.Length; i++)
        {
            if (json.ValueTextEquals(features[i].Utf8Name))
                return i;
        }
        return -1;
    }

    /// <summary>Values of <paramref name="feature"/> that were sent so far.</summary>
    public int ValueCount(int feature) => _columns[feature].Count;

    public string FeatureName(int feature) => _model!.Features[feature].Name;

    /// <param name="item">Not before the last item that has a value; those between are missing.</param>
    public void AddValue(int feature, int item, float value)
    {
        var column = _columns[feature];
        while (column.Count < item)
            column.Add(Missing);
        column.Add(value);
        HasTextFeatures |= feature < _model!.FirstInput;
    }
}
