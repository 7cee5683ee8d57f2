using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Plumbline.Bundles.Onnx.Proto;

namespace Plumbline.Bundles.Onnx;

/// <summary>A graph of ONNX while it is built: each step appends a node and gives the name of its output. Not thread-safe.</summary>
internal sealed class OnnxGraph(string name)
{
    /// <summary>What the names of the machine-learning operators begin with.</summary>
    public const string MachineLearning = "ai.onnx.ml";

    /// <summary>What the names of ONNX Runtime's own operators begin with.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>From strings or numbers to others by a table.</summary>
    public const string LabelEncoder = MachineLearning + ".LabelEncoder";

    private int _values;

    public GraphProto Proto { get; } = new() { Name = name };

    /// <param name="operation">An operator of ONNX, or with its domain before a dot, such as <c>ai.onnx.ml.LabelEncoder</c>.</param>
    public string Add(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) => Add(operation, 1, inputs, attributes)[0];

    /// <inheritdoc cref="Add(string, ReadOnlySpan{string}, ReadOnlySpan{AttributeProto})"/>
    /// <returns>Names of as many outputs as asked for.</returns>
    public string[] Add(string operation, int outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var dot = operation.LastIndexOf('.');
        var node = new NodeProto { OpType = operation[(dot + 1)..], Domain = operation[..Math.Max(0, dot)] };
        node.Input.AddRange(inputs.ToArray());
        for (var i = 0; i < outputs; i++)
            node.Output.Add(NewName(node.OpType));
        node.Name = node.Output[0];
        node.Attribute.AddRange(attributes.ToArray());
        Proto.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>An input of the graph.</summary>
    /// <param name="dimensions">A number or a name each; null leaves even their count open.</param>
    public string Input(string name, TensorProto.Types.DataType type, string[]? dimensions, string? description = null)
    {
        Proto.Input.Add(Describe(name, type, dimensions, description));
        return name;
    }

    /// <summary>Makes a value an output of the graph under a name of its own.</summary>
    /// <inheritdoc cref="Input"/>
    public void Output(string name, string value, TensorProto.Types.DataType type, string[]? dimensions, string? description = null)
    {
        Proto.Node.Add(new NodeProto { OpType = "Identity", Name = name, Input = { value }, Output = { name } });
        Proto.Output.Add(Describe(name, type, dimensions, description));
    }

    /// <param name="dimensions">Of the tensor; none is as long as the values.</param>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> dimensions) => Constant(
        TensorProto.Types.DataType.Float, values.Length, dimensions, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)));

    /// <inheritdoc cref="Constant(ReadOnlySpan{float}, ReadOnlySpan{long})"/>
    public string Constant(ReadOnlySpan<long> values, params ReadOnlySpan<long> dimensions) => Constant(
        TensorProto.Types.DataType.Int64, values.Length, dimensions, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)));

    /// <inheritdoc cref="Constant(ReadOnlySpan{float}, ReadOnlySpan{long})"/>
    public string Constant(IReadOnlyList<string> values, params ReadOnlySpan<long> dimensions)
    {
        var constant = Constant(TensorProto.Types.DataType.String, values.Count, dimensions, ByteString.Empty);
        Proto.Initializer[^1].StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        return constant;
    }

    /// <summary>A number without dimensions.</summary>
    public string Scalar(float value)
    {
        var constant = Constant([value]);
        Proto.Initializer[^1].Dims.Clear();
        return constant;
    }

    /// <inheritdoc cref="Scalar(float)"/>
    public string Scalar(long value)
    {
        var constant = Constant([value]);
        Proto.Initializer[^1].Dims.Clear();
        return constant;
    }

    /// <summary>Elements [<paramref name="start"/>, <paramref name="end"/>) along an axis; negative ends count from the last.</summary>
    public string Slice(string value, long start, long end, long axis) => Add("Slice", [value, Constant([start]), Constant([end]), Constant([axis])]);

    /// <summary>Sum along an axis, one after another from the first, each rounded; the axis stays with length 1.</summary>
    public string SumInOrder(string value, long axis) => Slice(Add("CumSum", [value, Scalar(axis)]), -1, long.MaxValue, axis);

    /// <summary>Sum along an axis, in whatever order; the axis stays with length 1.</summary>
    public string Sum(string value, long axis) => Add("ReduceSum", [value, Constant([axis])]);

    private string Constant(TensorProto.Types.DataType type, int length, ReadOnlySpan<long> dimensions, ByteString bytes)
    {
        // Files of ONNX are little-endian, and so is every platform that .NET 10 runs on.
        var tensor = new TensorProto { Name = NewName("constant"), DataType = (int)type };
        if (type != TensorProto.Types.DataType.String)
            tensor.RawData = bytes;
        tensor.Dims.AddRange(dimensions.IsEmpty ? [length] : dimensions.ToArray());
        Proto.Initializer.Add(tensor);
        return tensor.Name;
    }

    private string NewName(string kind) => string.Create(CultureInfo.InvariantCulture, $"{Proto.Name}.{kind}{_values++}");

    private static ValueInfoProto Describe(string name, TensorProto.Types.DataType type, string[]? dimensions, string? description)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (dimensions is not null)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(dimensions.Select(dimension => long.TryParse(dimension, CultureInfo.InvariantCulture, out var length)
                ? new TensorShapeProto.Types.Dimension { DimValue = length } : new TensorShapeProto.Types.Dimension { DimParam = dimension }));
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor }, DocString = description ?? "" };
    }
}
