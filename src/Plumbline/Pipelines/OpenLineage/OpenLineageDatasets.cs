using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Datasets.Profiling;
using Plumbline.Pipelines.Lineage;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>Sources, snapshots, bundles and deployments as OpenLineage's data sets.</summary>
public static class OpenLineageDatasets
{
    private static readonly IReadOnlyList<KeyValuePair<string, JsonObject>> None = [];

    /// <summary>What is about to be read, as the user named it; nothing for a query, which may hold what nobody else should see.</summary>
    public static IReadOnlyList<OpenLineageDataset> OfOptions(SourceOptions source) => source.Path.Length > 0 ? [Named(source.Path, None, None)] : [];

    /// <summary>What a snapshot was made from: each part with its digest and schema. What was found in all of it together is told with the first.</summary>
    public static IReadOnlyList<OpenLineageDataset> OfSources(Snapshot snapshot)
    {
        var schema = OpenLineageFacets.Schema(snapshot.Manifest.Schema.Select(column => (column.Name, NameOf(column.Type))));
        return [.. snapshot.Manifest.Sources.Select((part, i) => Named(part.Name, [OpenLineageFacets.Version(part.Sha256), schema], i == 0 ? QualityOf(snapshot) : None))];
    }

    /// <summary>What was to be read when expectations stopped it, with their results; null where something else did.</summary>
    public static IReadOnlyList<OpenLineageDataset>? OfRefusal(Exception exception) => exception is DatasetException { Validated: { } validated }
        ? [.. validated.Result.Meta.Sources.Select((source, i) => Named(source, None, i == 0 ? [OpenLineageFacets.Assertions(validated.Result)] : None))]
        : null;

    /// <param name="dataset">Name of the data set, whose version the snapshot is.</param>
    public static OpenLineageDataset OfSnapshot(Snapshot snapshot, string dataset, string ns, bool isOutput) => new(
        ns, $"snapshots/{dataset}",
        [
            OpenLineageFacets.Version(snapshot.Digest), OpenLineageFacets.DataSource("plumbline", $"urn:plumbline:snapshot:{snapshot.Digest}"),
            OpenLineageFacets.Schema(snapshot.Manifest.Columns.Select(column => (column.Name, column.Type.ToString().ToLowerInvariant()))),
        ],
        isOutput ? [OpenLineageFacets.Written(snapshot.Manifest.Counts.Total, snapshot.Manifest.Size)] : QualityOf(snapshot));

    /// <param name="model">Name of the model, or of the experiment where it has none.</param>
    public static OpenLineageDataset OfBundle(string model, string digest, string ns) =>
        new(ns, $"bundles/{model}", [OpenLineageFacets.Version(digest), OpenLineageFacets.DataSource("plumbline", $"urn:plumbline:bundle:{digest}")], None);

    /// <summary>What an alias deploys.</summary>
    public static OpenLineageDataset OfAlias(string model, string alias, long version, string ns) =>
        new(ns, $"models/{model}@{alias}", [OpenLineageFacets.Version(FormattableString.Invariant($"{version}")), OpenLineageFacets.DataSource("plumbline", $"urn:plumbline:model:{model}")], None);

    private static List<KeyValuePair<string, JsonObject>> QualityOf(Snapshot snapshot)
    {
        var facets = new List<KeyValuePair<string, JsonObject>>();
        if (ProfileOf(snapshot) is { } profile)
            facets.Add(OpenLineageFacets.Metrics(profile, snapshot.Manifest.Sources.Sum(part => part.Size), snapshot.Manifest.Sources.Count));
        if (snapshot.Validated is { } validated)
            facets.Add(OpenLineageFacets.Assertions(validated.Result));
        return facets;
    }

    private static DataProfile? ProfileOf(Snapshot snapshot)
    {
        try
        {
            return snapshot.Profile;
        }
        catch (DatasetException)
        {
            // Whoever needs it says so; events go without.
            return null;
        }
    }

    /// <summary>By OpenLineage's naming: files are in <c>file</c>, objects in their bucket, all else in where it ran.</summary>
    private static OpenLineageDataset Named(string source, IReadOnlyList<KeyValuePair<string, JsonObject>> facets, IReadOnlyList<KeyValuePair<string, JsonObject>> role)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var address) || address.IsFile)
        {
            var path = Path.GetFullPath(source);
            return new OpenLineageDataset("file", path, [.. facets, OpenLineageFacets.DataSource("file", new Uri(path).AbsoluteUri)], role);
        }
        if (source.StartsWith(LineageKey.SnapshotPrefix, StringComparison.Ordinal))
            return new OpenLineageDataset("snapshot", address.AbsolutePath, [.. facets, OpenLineageFacets.DataSource("plumbline", $"urn:plumbline:{source}")], role);
        var ns = $"{(address.Scheme == "postgresql" ? "postgres" : address.Scheme)}://{address.Authority}";
        return new OpenLineageDataset(ns, Uri.UnescapeDataString(address.PathAndQuery).TrimStart('/'), [.. facets, OpenLineageFacets.DataSource(ns, address.AbsoluteUri)], role);
    }

    private static string NameOf(FieldType type) => type.ToString().ToLowerInvariant();
}
