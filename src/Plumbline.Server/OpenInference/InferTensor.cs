using System.Buffers.Binary;
using System.Globalization;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>
/// An input of a request. Its elements stand in the body of the call, row by row, little-endian and without padding, each of <see cref="TensorDatatype.Bytes"/> after its length as 32 bits: the protocol's
/// binary form, into which all others are brought.
/// </summary>
/// <param name="Start">Of the elements in the body.</param>
/// <param name="Length">Bytes of all elements.</param>
internal sealed record InferTensor(string Name, TensorDatatype Datatype, IReadOnlyList<long> Shape, int Start, int Length)
{
    /// <summary>Rows of a tensor of the shape [n] or [n, 1].</summary>
    /// <exception cref="ProblemException">It has another shape.</exception>
    public int Rows => Shape.Count == 1 || Shape is [_, 1] ? (int)Shape[0] : throw Invalid($"must have the shape [n] or [n, 1], not [{string.Join(", ", Shape)}]");

    /// <summary>As problems name it.</summary>
    public JsonPath Path => PathOf(Name);

    public TensorElements Elements(ReadOnlySpan<byte> body) => new(this, body.Slice(Start, Length));

    public static JsonPath PathOf(string name) => new($"input {Problem.Shorten(name)}");

    public ProblemException Invalid(string fault) => RequestJson.Invalid(Path, fault);

    /// <summary>Checks that the elements are as many as the shape says.</summary>
    /// <exception cref="ProblemException">They are not.</exception>
    public void Check(ReadOnlySpan<byte> body)
    {
        Int128 count = 1;
        foreach (var dimension in Shape)
        {
            if (dimension < 0)
                throw Invalid($"must have a shape without negative numbers, not [{string.Join(", ", Shape)}]");
            // No body has as many, and the product must not run over.
            count = Int128.Min(count * dimension, long.MaxValue);
        }
        var data = body.Slice(Start, Length);
        var elements = Datatype == TensorDatatype.Bytes ? Count(data) : Length % Datatype.Size() == 0 ? Length / Datatype.Size() : -1;
        if (elements < 0)
            throw Invalid($"must have whole elements of {Datatype.Name()}; {Length.ToString(CultureInfo.InvariantCulture)} bytes are none");
        if (elements != count)
            throw Invalid($"must have {count.ToString(CultureInfo.InvariantCulture)} elements, as its shape says, not {elements.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <returns>Elements with their lengths before them; -1 where the last one is cut off.</returns>
    private static int Count(ReadOnlySpan<byte> data)
    {
        var count = 0;
        for (; data.Length >= sizeof(uint); count++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(data);
            if (length > data.Length - sizeof(uint))
                return -1;
            data = data[(sizeof(uint) + (int)length)..];
        }
        return data.IsEmpty ? count : -1;
    }
}
