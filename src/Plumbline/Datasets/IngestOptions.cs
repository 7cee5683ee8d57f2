using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>Everything that an ingest is told. Threads and memory change nothing of the result.</summary>
public sealed record IngestOptions
{
    public required SourceOptions Source { get; init; }

    /// <summary>The data set's name, by which later ingests find their predecessors; null takes the source's.</summary>
    public string? Name { get; init; }

    public PreparationOptions Preparation { get; init; } = new();

    /// <summary>Aggregates of users and items as of the time of each record, in the order of the columns that hold them.</summary>
    public IReadOnlyList<EntityFeature> Aggregates { get; init; } = [];

    public int Threads { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Megabytes of texts kept in memory while the rest is decided; what is beyond goes to a file under home.</summary>
    public int MemoryMegabytes { get; init; } = 512;
}
