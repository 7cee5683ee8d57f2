using System.Runtime.CompilerServices;
using Plumbline.Learning.Models;

namespace Plumbline.Bundles;

/// <summary>Sections of a bundle, mapped and verified when they are first asked for. Asking is not thread-safe; what was given may be read by any thread.</summary>
internal sealed unsafe class BundleMemory(string directory, IReadOnlyList<BundleSection> sections) : IModelMemory, IDisposable
{
    private readonly Dictionary<string, MappedSection> _mapped = new(StringComparer.Ordinal);

    public ModelArray<TElement> Array<TElement>(string name, long? length = null)
        where TElement : unmanaged
    {
        var section = sections.FirstOrDefault(section => section.Name == name) ?? throw new InvalidDataException($"the manifest has no section '{name}'");
        var elements = section.Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
        if (section.Type != SectionTypes.Of<TElement>() || section.Bytes != checked(elements * Unsafe.SizeOf<TElement>()) || elements != (length ?? elements))
            throw new InvalidDataException($"section '{name}' ({section.Type}, {section.Bytes} bytes) does not fit the manifest's shape");
        if (!_mapped.TryGetValue(name, out var mapped))
            _mapped.Add(name, mapped = MappedSection.Open(directory, section));
        return new ModelArray<TElement>((TElement*)mapped.Start, elements);
    }

    /// <summary>Digests of the sections that nobody asked for.</summary>
    public void CheckOthers()
    {
        foreach (var section in sections.Where(section => !_mapped.ContainsKey(section.Name)))
            MappedSection.Open(directory, section).Dispose();
    }

    public void Dispose()
    {
        foreach (var section in _mapped.Values)
            section.Dispose();
        _mapped.Clear();
    }
}
