using System.Text.Json.Serialization.Metadata;

namespace Plumbline.Pipelines.Graphs;

/// <summary>A node of a pipeline that is being declared, for others to come after it.</summary>
public abstract class NodeReference(string name)
{
    public string Name { get; } = name;
}

/// <summary>What one task gives.</summary>
public sealed class NodeOutput<T>(string name, JsonTypeInfo<T> json) : NodeReference(name)
{
    internal JsonTypeInfo<T> Json { get; } = json;
}

/// <summary>What the tasks of a mapped node give.</summary>
public sealed class MappedOutput<T>(string name, JsonTypeInfo<T> json) : NodeReference(name)
{
    internal JsonTypeInfo<T> Json { get; } = json;
}
