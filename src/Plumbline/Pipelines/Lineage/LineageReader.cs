using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>
/// One graph from source files through snapshot, study, run, feature contract, bundle, version and alias to prediction, computed from what is stored (docs/specs/lineage.md).
/// Thread-safe; one that lives long reads each snapshot's manifest once.
/// </summary>
public sealed class LineageReader(IMetadataStore store, Home home)
{
    private const int MostNodes = 10_000;

    private readonly LineageFiles _files = new(home);

    /// <param name="id">Anything that has a lineage: a digest or its first six digits, a run's id, <c>NAME/3</c>, <c>NAME@alias</c>, a contest or study, a source's path or address, a data set, a prediction.</param>
    /// <param name="depth">At most so many steps, from 0; null for all.</param>
    /// <exception cref="MetadataException">NotFound: there is nothing of this name. Invalid: the digits begin several.</exception>
    public Task<LineageGraph> ReadAsync(string id, LineageDirection direction = LineageDirection.Both, int? depth = null, CancellationToken cancellation = default) => store.ReadAsync(
        connection =>
        {
            var roots = new LineageNames(connection, _files).Find(id);
            var search = new LineageSearch(connection, _files, MostNodes);
            if (direction != LineageDirection.Down)
                search.Walk(roots, up: true, depth);
            if (direction != LineageDirection.Up)
                search.Walk(roots, up: false, depth);
            var nodes = new LineageDetails(connection, _files).Describe(search.Distances);
            if (search.IsAlone && nodes is [{ IsMissing: true }])
                throw LineageNames.None(id);
            var edges = search.Edges.OrderBy(edge => edge.From.Kind).ThenBy(edge => edge.From.Name, StringComparer.Ordinal)
                .ThenBy(edge => edge.To.Kind).ThenBy(edge => edge.To.Name, StringComparer.Ordinal);
            return new LineageGraph(roots, nodes, [.. edges], search.IsCut);
        },
        cancellation);
}
