using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plumbline.Bundles;

namespace Plumbline.Inference;

/// <summary>Which input of a graph is the text, which outputs are label and probabilities, and what the labels are. Immutable.</summary>
internal sealed class OnnxSignature
{
    private const string LabelsKey = "plumbline.labels";
    private const string Probe = "I could not put it down";

    private readonly string _input;
    private readonly long[] _shape;
    private readonly string? _label;
    private readonly string _probabilities;
    private readonly bool _isMap;

    private OnnxSignature(string input, long[] shape, string? label, string probabilities, bool isMap, IReadOnlyList<string> labels) =>
        (_input, _shape, _label, _probabilities, _isMap, Labels) = (input, shape, label, probabilities, isMap, labels);

    public IReadOnlyList<string> Labels { get; }

    /// <exception cref="BundleException">Its inputs or outputs are others, or nothing says the labels.</exception>
    public static OnnxSignature Of(InferenceSession session, string file)
    {
        var (input, shape) = TextInput(session, file);
        var outputs = session.OutputMetadata;
        var label = outputs.FirstOrDefault(output => output.Value is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.String or TensorElementType.Int64 }).Key;
        var map = outputs.FirstOrDefault(output => output.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_SEQUENCE).Key;
        var probabilities = map ?? outputs.FirstOrDefault(output => output.Value is { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.Float }).Key
            ?? throw new BundleException($"{file} cannot be served: it gives no probabilities, but {string.Join(", ", outputs.Select(Describe))}. Export it with an output of float probabilities, one a label.");
        var unnamed = new OnnxSignature(input, shape, label, probabilities, map is not null, []);
        return new OnnxSignature(input, shape, label, probabilities, map is not null, unnamed.FindLabels(session, file));
    }

    /// <param name="probabilities">Receives one a label.</param>
    /// <returns>Index of the label that the graph chose; null if it says none, or one that is unknown.</returns>
    public int? Run(InferenceSession session, string text, Span<float> probabilities)
    {
        using var results = Ask(session, text);
        if (_isMap)
        {
            var map = Map(results[^1]);
            for (var label = 0; label < probabilities.Length; label++)
                probabilities[label] = map.GetValueOrDefault(Labels[label]);
        }
        else
        {
            results[^1].GetTensorDataAsSpan<float>()[..probabilities.Length].CopyTo(probabilities);
        }
        if (_label is null)
            return null;
        var chosen = results[0];
        var name = chosen.GetTensorTypeAndShape().ElementDataType == TensorElementType.String ? chosen.GetStringElement(0) : chosen.GetTensorDataAsSpan<long>()[0].ToString(CultureInfo.InvariantCulture);
        for (var label = 0; label < Labels.Count; label++)
        {
            if (Labels[label] == name)
                return label;
        }
        return null;
    }

    private static (string Name, long[] Shape) TextInput(InferenceSession session, string file)
    {
        var inputs = session.InputMetadata;
        if (inputs.Count != 1 || inputs.Single().Value is not { OnnxValueType: OnnxValueType.ONNX_TYPE_TENSOR, ElementDataType: TensorElementType.String } text || text.Dimensions.Length > 2)
        {
            throw new BundleException(
                $"{file} cannot be served: its input must be one text a row, string[N] or string[N, 1], but it takes {string.Join(", ", inputs.Select(Describe))}. Export the whole pipeline, from text on.");
        }
        // A graph that takes both, as a bundle's does, has no dimensions.
        return (inputs.Single().Key, text.Dimensions.Length == 2 ? [1, 1] : [1]);
    }

    /// <summary>From the graph's metadata, or from the names that it gives its probabilities.</summary>
    private string[] FindLabels(InferenceSession session, string file)
    {
        using var results = Ask(session, Probe);
        if (_isMap)
            return [.. Map(results[^1]).Keys.Order(StringComparer.Ordinal)];
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

    /// <summary>The label, if there is one, and the probabilities, which are last.</summary>
    private IDisposableReadOnlyCollection<OrtValue> Ask(InferenceSession session, string text)
    {
        using var input = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, _shape);
        input.StringTensorSetElementAt(text, 0);
        using var options = new RunOptions();
        return session.Run(options, [_input], [input], _label is null ? [_probabilities] : [_label, _probabilities]);
    }

    private static Dictionary<string, float> Map(OrtValue sequence)
    {
        using var map = sequence.GetValue(0, OrtAllocator.DefaultInstance);
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

    private static string Describe(KeyValuePair<string, NodeMetadata> node) => node.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR
        ? $"{node.Key}: {node.Value.ElementDataType}[{string.Join(", ", node.Value.Dimensions.Select(length => length < 0 ? "N" : length.ToString(CultureInfo.InvariantCulture)))}]"
        : $"{node.Key}: {node.Value.OnnxValueType}";
}
