using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plumbline.Bundles;

namespace Plumbline.Inference;

/// <summary>Which input of a graph is the text, which outputs are label and probabilities, what the labels are, and how many texts it takes at once. Immutable.</summary>
internal sealed class OnnxSignature
{
    /// <summary>By which a probability may differ when a text is answered among others; beyond, they depend on each other.</summary>
    private const float Rounding = 1e-4f;

    private const string LabelsKey = "plumbline.labels";
    private const string Probe = "I could not put it down";
    private static readonly string[] Probes = [Probe, "", "Dull.", Probe + " \u2013 a wonderful story, 10/10!"];

    private readonly string _input;
    private readonly bool _isColumn;
    private readonly string? _label;
    private readonly string _probabilities;
    private readonly bool _isMap;

    private OnnxSignature(string input, bool isColumn, string? label, string probabilities, bool isMap) =>
        (_input, _isColumn, _label, _probabilities, _isMap) = (input, isColumn, label, probabilities, isMap);

    public IReadOnlyList<string> Labels { get; private init; } = [];

    /// <summary>1 where the graph takes one text only, or answers otherwise when there are several.</summary>
    public int MostTexts { get; private init; } = 1;

    /// <exception cref="BundleException">Its inputs or outputs are others, or nothing says the labels.</exception>
    public static OnnxSignature Of(InferenceSession session, string file)
    {
        var (input, isColumn, isFixed) = TextInput(session, file);
        var outputs = session.OutputMetadata;
        var label = outputs.FirstOrDefault(output => output.Value is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.String or TensorElementType.Int64 }).Key;
        var map = outputs.FirstOrDefault(output => output.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE).Key;
        var probabilities = map ?? outputs.FirstOrDefault(output => output.Value is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.Float }).Key
            ?? throw new BundleException($"{file} cannot be served: it gives no probabilities, but {string.Join(", ", outputs.Select(Describe))}. Export it with an output of float probabilities, one a label.");
        var unnamed = new OnnxSignature(input, isColumn, label, probabilities, map is not null);
        var named = new OnnxSignature(input, isColumn, label, probabilities, map is not null) { Labels = unnamed.FindLabels(session, file) };
        return isFixed || !named.AnswersEachAlone(session)
            ? named
            : new OnnxSignature(input, isColumn, label, probabilities, map is not null) { Labels = named.Labels, MostTexts = OnnxPredictor.MostAtOnce };
    }

    /// <param name="probabilities">Receives one a label for each text.</param>
    /// <param name="chosen">Receives the index of each text's label: that which the graph chose, or of the largest probability if it says none, or one that is unknown.</param>
    /// <exception cref="NotFiniteNumberException">A probability is NaN or infinite.</exception>
    public void Run(InferenceSession session, ReadOnlySpan<string> texts, Span<float> probabilities, Span<int> chosen)
    {
        using var results = Ask(session, texts);
        if (_isMap)
        {
            for (var text = 0; text < texts.Length; text++)
                ReadMap(results[^1], text, probabilities.Slice(text * Labels.Count, Labels.Count));
        }
        else
        {
            results[^1].GetTensorDataAsSpan<float>()[..probabilities.Length].CopyTo(probabilities);
        }
        foreach (var probability in probabilities)
        {
            if (!float.IsFinite(probability))
                throw new NotFiniteNumberException("The graph gives a probability that is no number.", probability);
        }
        for (var text = 0; text < texts.Length; text++)
            chosen[text] = (_label is null ? null : Place(results[0], text)) ?? Largest(probabilities.Slice(text * Labels.Count, Labels.Count));
    }

    private static (string Name, bool IsColumn, bool IsFixed) TextInput(InferenceSession session, string file)
    {
        var inputs = session.InputMetadata;
        if (inputs.Count != 1 || inputs.Single().Value is not { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.String } text || text.Dimensions.Length > 2)
        {
            throw new BundleException(
                $"{file} cannot be served: its input must be one text a row, string[N] or string[N, 1], but it takes {string.Join(", ", inputs.Select(Describe))}. Export the whole pipeline, from text on.");
        }
        // A graph that takes both, as a bundle's does, has no dimensions.
        return (inputs.Single().Key, text.Dimensions.Length == 2, text.Dimensions.Length > 0 && text.Dimensions[0] > 0);
    }

    /// <summary>Whether several texts at once are answered, each as if it were alone.</summary>
    private bool AnswersEachAlone(InferenceSession session)
    {
        var (together, labels) = (new float[Probes.Length * Labels.Count], new int[Probes.Length]);
        var (alone, label) = (new float[Labels.Count], new int[1]);
        try
        {
            Run(session, Probes, together, labels);
            for (var text = 0; text < Probes.Length; text++)
            {
                Run(session, Probes.AsSpan(text, 1), alone, label);
                for (var i = 0; i < alone.Length; i++)
                {
                    if (!(Math.Abs(alone[i] - together[(text * alone.Length) + i]) <= Rounding))
                        return false;
                }
            }
            return true;
        }
        // A graph that was made for one text fails in its own way on several.
        catch (Exception exception) when (exception is OnnxRuntimeException or ArgumentException or IndexOutOfRangeException or NotFiniteNumberException)
        {
            return false;
        }
    }

    /// <summary>From the graph's metadata, or from the names that it gives its probabilities.</summary>
    private string[] FindLabels(InferenceSession session, string file)
    {
        using var results = Ask(session, [Probe]);
        if (_isMap)
            return [.. Map(results[^1], 0).Keys.Order(StringComparer.Ordinal)];
        var count = results[^1].GetTensorTypeAndShape().ElementCount;
        if (session.ModelMetadata.CustomMetadataMap.GetValueOrDefault(LabelsKey) is not { } json)
            throw new BundleException($"{file} cannot be served: nothing says which label each of its {count} probabilities is of. Set its metadata property {LabelsKey} to a JSON list of names, in their order, or export probabilities as a map (ZipMap).");
        var labels = Parse(json);
        return labels is not null && labels.Length == count
            ? labels
            : throw new BundleException($"{file} cannot be served: its metadata property {LabelsKey} is no JSON list of {count} names, one a probability.");
    }

    private static string[]? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The labels, if there are any, and the probabilities, which are last.</summary>
    private IDisposableReadOnlyCollection<OrtValue> Ask(InferenceSession session, ReadOnlySpan<string> texts)
    {
        using var input = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, _isColumn ? [texts.Length, 1] : [texts.Length]);
        for (var text = 0; text < texts.Length; text++)
            input.StringTensorSetElementAt(texts[text], text);
        using var options = new RunOptions();
        return session.Run(options, [_input], [input], _label is null ? [_probabilities] : [_label, _probabilities]);
    }

    private int? Place(OrtValue labels, int text)
    {
        var name = labels.GetTensorTypeAndShape().ElementDataType == TensorElementType.String
            ? labels.GetStringElement(text) : labels.GetTensorDataAsSpan<long>()[text].ToString(CultureInfo.InvariantCulture);
        for (var label = 0; label < Labels.Count; label++)
        {
            if (Labels[label] == name)
                return label;
        }
        return null;
    }

    private void ReadMap(OrtValue sequence, int text, Span<float> probabilities)
    {
        var map = Map(sequence, text);
        for (var label = 0; label < probabilities.Length; label++)
            probabilities[label] = map.GetValueOrDefault(Labels[label]);
    }

    private static Dictionary<string, float> Map(OrtValue sequence, int text)
    {
        using var map = sequence.GetValue(text, OrtAllocator.DefaultInstance);
        using var keys = map.GetValue(0, OrtAllocator.DefaultInstance);
        using var values = map.GetValue(1, OrtAllocator.DefaultInstance);
        string[] names = keys.GetTensorTypeAndShape().ElementDataType == TensorElementType.String
            ? keys.GetStringTensorAsArray()
            : [.. keys.GetTensorDataAsSpan<long>().ToArray().Select(key => key.ToString(CultureInfo.InvariantCulture))];
        var probabilities = values.GetTensorDataAsSpan<float>();
        var found = new Dictionary<string, float>(names.Length, StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
            found[names[i]] = probabilities[i];
        return found;
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        var largest = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[largest])
                largest = i;
        }
        return largest;
    }

    private static string Describe(KeyValuePair<string, NodeMetadata> node) => node.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
        ? $"{node.Key}: {node.Value.ElementDataType}[{string.Join(", ", node.Value.Dimensions.Select(length => length < 0 ? "N" : length.ToString(CultureInfo.InvariantCulture)))}]"
        : $"{node.Key}: {node.Value.OnnxValueType}";
}
