using System.Text.Json.Serialization;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Expectations;
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

    /// <summary>What is expected of the records, beside what an earlier ingest of the data set inferred.</summary>
    public IReadOnlyList<Expectation> Expectations { get; init; } = [];

    /// <summary>What files of the source are but copies of, by their names: the manifest tells that as where the records came from.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>Tells how old records are, and when the ingest was.</summary>
    [JsonIgnore]
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public int Threads { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Megabytes of texts kept in memory while the rest is decided; what is beyond goes to a file under home.</summary>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>The data set's name, given or taken from the source; a local path is a full one, so that it means the same wherever the command is given.</summary>
    [JsonIgnore]
    public string DataSet => Name ?? (Source.Query is null && !Source.Path.Contains("://", StringComparison.Ordinal) ? Path.GetFullPath(Source.Path) : Source.Name);

    /// <param name="source">As it was read.</param>
    internal string OriginOf(string source) => Origins.GetValueOrDefault(Path.GetFileName(source), source);
}
