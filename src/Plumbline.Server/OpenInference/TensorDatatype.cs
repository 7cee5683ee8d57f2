namespace Plumbline.Server.OpenInference;

/// <summary>What the elements of a tensor are; those of <see cref="Fp16"/> and <see cref="Bf16"/> cannot be read here.</summary>
internal enum TensorDatatype
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Bf16,
    Fp32,
    Fp64,
    Bytes,
}

internal static class TensorDatatypes
{
    private static readonly string[] Names = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"];
    private static readonly int[] Sizes = [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0];

    /// <summary>As the protocol writes it.</summary>
    public static string Name(this TensorDatatype datatype) => Names[(int)datatype];

    /// <returns>Bytes of an element; 0 where that varies.</returns>
    public static int Size(this TensorDatatype datatype) => Sizes[(int)datatype];

    public static bool IsWhole(this TensorDatatype datatype) => datatype is >= TensorDatatype.UInt8 and <= TensorDatatype.Int64;

    public static bool IsNumeric(this TensorDatatype datatype) => datatype.IsWhole() || datatype is TensorDatatype.Fp32 or TensorDatatype.Fp64;

    /// <summary>Whether a datatype of whole numbers has this one.</summary>
    public static bool Holds(this TensorDatatype datatype, Int128 value)
    {
        var isSigned = datatype >= TensorDatatype.Int8;
        var most = (Int128.One << ((datatype.Size() * 8) - (isSigned ? 1 : 0))) - 1;
        return value <= most && value >= (isSigned ? -most - 1 : 0);
    }

    public static bool TryParse(string? name, out TensorDatatype datatype)
    {
        var index = Array.IndexOf(Names, name);
        datatype = (TensorDatatype)Math.Max(index, 0);
        return index >= 0;
    }
}
