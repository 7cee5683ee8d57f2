using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Workers;

/// <summary>The pipelines of a project that a program has the code of, by name. Immutable.</summary>
public sealed class PipelineCatalogue
{
    private readonly SortedDictionary<string, Pipeline> _pipelines = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two have one name, or they are of two projects.</exception>
    public PipelineCatalogue(params IEnumerable<Pipeline> pipelines)
    {
        foreach (var pipeline in pipelines)
        {
            if (!_pipelines.TryAdd(pipeline.Name, pipeline))
                throw new ArgumentException($"There are two pipelines of the name {pipeline.Name}.");
            if (pipeline.Project != Project)
                throw new ArgumentException($"{pipeline.Name} is of the project '{pipeline.Project}', and others are of '{Project}'.");
        }
    }

    /// <summary>Whose they are.</summary>
    public string Project => _pipelines.Values.FirstOrDefault()?.Project ?? "";

    /// <summary>By name.</summary>
    public IReadOnlyCollection<Pipeline> All => _pipelines.Values;

    /// <exception cref="MetadataException">NotFound: there is none of this name.</exception>
    public Pipeline Get(string name) => _pipelines.GetValueOrDefault(name)
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no pipeline '{MetadataText.Quote(name)}'; there are {string.Join(", ", _pipelines.Keys)}.");

    /// <summary>The code of a node; null where another program has it.</summary>
    internal NodeCode? Find(PipelineRun run, string node) =>
        _pipelines.GetValueOrDefault(run.Pipeline) is { } known && known.Project == run.Project && known.GraphDigest == run.GraphDigest ? known.Code.GetValueOrDefault(node) : null;
}
