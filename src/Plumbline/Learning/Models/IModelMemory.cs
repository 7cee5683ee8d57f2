namespace Plumbline.Learning.Models;

/// <summary>The arrays of a model by name: those that a fit made, or the mapped sections of a bundle. They must outlive what scores with them.</summary>
internal interface IModelMemory
{
    /// <param name="length">Elements that it must have; null where its own length is taken.</param>
    /// <exception cref="InvalidDataException">There is none of this name, type and length; the message says so.</exception>
    ModelArray<TElement> Array<TElement>(string name, long? length = null)
        where TElement : unmanaged;
}

/// <summary>Where an array of a model lies.</summary>
internal readonly unsafe struct ModelArray<TElement>(TElement* start, long length)
    where TElement : unmanaged
{
    public TElement* Start { get; } = start;

    /// <summary>In elements.</summary>
    public long Length { get; } = length;

    public ReadOnlySpan<TElement> Span => new(Start, checked((int)Length));
}
