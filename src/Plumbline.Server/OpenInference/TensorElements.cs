using System.Buffers.Binary;

namespace Plumbline.Server.OpenInference;

/// <summary>Goes through the elements of a tensor that was checked.</summary>
internal ref struct TensorElements(InferTensor tensor, ReadOnlySpan<byte> data)
{
    /// <summary>Bytes of the longest name that is no text in the tensor.</summary>
    public const int LongestName = 40;

    private ReadOnlySpan<byte> _left = data;
    private ReadOnlySpan<byte> _element;

    public bool MoveNext()
    {
        if (_left.IsEmpty)
            return false;
        var (start, length) = tensor.Datatype == TensorDatatype.Bytes ? (sizeof(uint), BinaryPrimitives.ReadInt32LittleEndian(_left)) : (0, tensor.Datatype.Size());
        _element = _left.Slice(start, length);
        _left = _left[(start + length)..];
        return true;
    }

    /// <summary>The element itself, of BYTES.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _element;

    /// <summary>A whole number; one of 64 bits without a sign may be too large for one with.</summary>
    public readonly Int128 Whole => tensor.Datatype switch
    {
        TensorDatatype.UInt8 => _element[0],
        TensorDatatype.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(_element),
        TensorDatatype.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(_element),
        TensorDatatype.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(_element),
        TensorDatatype.Int8 => (sbyte)_element[0],
        TensorDatatype.Int16 => BinaryPrimitives.ReadInt16LittleEndian(_element),
        TensorDatatype.Int32 => BinaryPrimitives.ReadInt32LittleEndian(_element),
        _ => BinaryPrimitives.ReadInt64LittleEndian(_element),
    };

    /// <summary>The nearest number of 32 bits of a numeric element.</summary>
    public readonly float Number => tensor.Datatype switch
    {
        TensorDatatype.Fp32 => BinaryPrimitives.ReadSingleLittleEndian(_element),
        TensorDatatype.Fp64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(_element),
        _ => (float)Whole,
    };

    /// <summary>A name as it is written: BYTES as they are, a whole number in decimal, true or false.</summary>
    /// <param name="buffer">At least <see cref="LongestName"/>, for what is no text yet.</param>
    public readonly ReadOnlySpan<byte> Name(Span<byte> buffer)
    {
        if (tensor.Datatype == TensorDatatype.Bytes)
            return _element;
        if (tensor.Datatype == TensorDatatype.Bool)
            return _element[0] == 0 ? "false"u8 : "true"u8;
        Whole.TryFormat(buffer, out var written, default, null);
        return buffer[..written];
    }
}
