using System.Collections.Concurrent;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Pipelines.Lineage;

/// <summary>
/// One graph from source files through snapshot, study, run, feature contract, bundle, version and alias to prediction, computed from what is stored (docs/specs/lineage.md).
/// Thread-safe; one that lives long reads each snapshot's manifest once.
/// </summary>
/// <param name="artifacts">The state folder, and the artifact store if there is one: what other hosts made is found there.</param>
public sealed class LineageReader(IMetadataStore store, SharedArtifacts artifacts, TimeProvider time)
{
    private const int MostNodes = 10_000;

    private readonly ConcurrentDictionary<string, SnapshotOrigin> _known = new(StringComparer.Ordinal);

    /// <param name="id">Anything that has a lineage: a digest or its first six digits, a run's id, <c>NAME/3</c>, <c>NAME@alias</c>, a contest or study, a source's path or address, a data set, a prediction.</param>
    /// <param name="depth">At most so many steps, from 0; null for all.</param>
    /// <exception cref="MetadataException">NotFound: there is nothing of this name. Invalid: the digits begin several. Unavailable: a store does not answer.</exception>
    public Task<LineageGraph> ReadAsync(string id, LineageDirection direction = LineageDirection.Both, int? depth = null, CancellationToken cancellation = default) => store.ReadAsync(
        connection =>
        {
            var files = new LineageFiles(artifacts, time, _known, cancellation);
            var roots = new LineageNames(connection, files).Find(id);
            var search = new LineageSearch(connection, files, MostNodes);
            if (direction != LineageDirection.Down)
                search.Walk(roots, up: true, depth);
            if (direction != LineageDirection.Up)
                search.Walk(roots, up: false, depth);
            var nodes = new LineageDetails(connection, files).Describe(search.Distances);
            if (search.IsAlone && nodes is [{ IsMissing: true }])
                throw LineageNames.None(id);
            var edges = search.Edges.OrderBy(edge => edge.From.Kind).ThenBy(edge => edge.From.Name, StringComparer.Ordinal)
                .ThenBy(edge => edge.To.Kind).ThenBy(edge => edge.To.Name, StringComparer.Ordinal);
            return new LineageGraph(roots, nodes, [.. edges], search.IsCut);
        },
        cancellation);
}
