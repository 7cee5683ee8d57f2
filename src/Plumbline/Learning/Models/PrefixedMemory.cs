namespace Plumbline.Learning.Models;

/// <summary>The arrays whose names begin with a prefix, under their names without it.</summary>
internal sealed class PrefixedMemory(IModelMemory memory, string prefix) : IModelMemory
{
    public ModelArray<TElement> Array<TElement>(string name, long? length = null)
        where TElement : unmanaged => memory.Array<TElement>(prefix + name, length);
}
