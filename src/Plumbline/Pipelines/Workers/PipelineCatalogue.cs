using Plumbline.Pipelines.Graphs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Workers;

/// <summary>The pipelines that a program has the code of, by name. Immutable.</summary>
public sealed class PipelineCatalogue
{
    private readonly SortedDictionary<string, Pipeline> _pipelines = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two have one name.</exception>
    public PipelineCatalogue(params IEnumerable<Pipeline> pipelines)
    {
        foreach (var pipeline in pipelines)
        {
            if (!_pipelines.TryAdd(pipeline.Name, pipeline))
                throw new ArgumentException($"There are two pipelines of the name {pipeline.Name}.");
        }
    }

    /// <summary>By name.</summary>
    public IReadOnlyCollection<Pipeline> All => _pipelines.Values;

    /// <exception cref="MetadataException">NotFound: there is none of this name.</exception>
    public Pipeline Get(string name) => _pipelines.GetValueOrDefault(name)
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no pipeline '{MetadataText.Quote(name)}'; there are {string.Join(", ", _pipelines.Keys)}.");

    /// <summary>The code of a node; null where another program has it.</summary>
    internal NodeCode? Find(string pipeline, string graphDigest, string node) =>
        _pipelines.GetValueOrDefault(pipeline) is { } known && known.GraphDigest == graphDigest ? known.Code.GetValueOrDefault(node) : null;
}
