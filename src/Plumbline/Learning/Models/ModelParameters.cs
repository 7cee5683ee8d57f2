using System.Runtime.InteropServices;

namespace Plumbline.Learning.Models;

/// <summary>One array of a model.</summary>
/// <param name="Values">A pinned array of <see cref="float"/>, <see cref="int"/> or <see cref="ulong"/>.</param>
/// <param name="Shape">Elements in each dimension, the last fastest.</param>
internal sealed record ModelSection(string Name, Array Values, IReadOnlyList<long> Shape)
{
    public static ModelSection Of<TElement>(string name, ReadOnlySpan<TElement> values, params long[] shape)
        where TElement : unmanaged
    {
        var pinned = GC.AllocateUninitializedArray<TElement>(values.Length, pinned: true);
        values.CopyTo(pinned);
        return new ModelSection(name, pinned, shape.Length == 0 ? [values.Length] : shape);
    }

    /// <summary>Where the values lie, as long as this lives.</summary>
    public unsafe ModelArray<TElement> Pinned<TElement>()
        where TElement : unmanaged => new((TElement*)Marshal.UnsafeAddrOfPinnedArrayElement(Values, 0), Values.Length);
}

/// <summary>A fitted model as it is written and as it scores: its shape, and its arrays in order. Immutable.</summary>
internal sealed record ModelParameters(ModelShape Shape, IReadOnlyList<ModelSection> Sections) : IModelMemory
{
    /// <summary>The values of one array.</summary>
    public TElement[] Values<TElement>(string name) => Sections.FirstOrDefault(section => section.Name == name)?.Values as TElement[]
        ?? throw new InvalidDataException($"the model has no array '{name}' of {typeof(TElement).Name}");

    public unsafe ModelArray<TElement> Array<TElement>(string name, long? length = null)
        where TElement : unmanaged
    {
        var values = Values<TElement>(name);
        return length is null || length == values.Length
            ? new ModelArray<TElement>((TElement*)Marshal.UnsafeAddrOfPinnedArrayElement(values, 0), values.Length)
            : throw new InvalidDataException($"array '{name}' has {values.Length} elements, not {length}");
    }
}
