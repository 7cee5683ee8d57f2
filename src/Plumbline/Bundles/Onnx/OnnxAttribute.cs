using Google.Protobuf;
using Plumbline.Bundles.Onnx.Proto;
using Kind = Plumbline.Bundles.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace Plumbline.Bundles.Onnx;

/// <summary>Attributes of nodes.</summary>
internal static class OnnxAttribute
{
    public static AttributeProto Of(string name, long value) => new() { Name = name, Type = Kind.Int, I = value };

    public static AttributeProto Of(string name, string value) => new() { Name = name, Type = Kind.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Of(string name, GraphProto value) => new() { Name = name, Type = Kind.Graph, G = value };

    public static AttributeProto Of(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Kind.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Of(string name, IEnumerable<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Kind.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    public static AttributeProto Of(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = Kind.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }
}
