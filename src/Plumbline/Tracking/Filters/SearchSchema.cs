using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>What one kind of thing can be searched by, and where that is stored. Immutable.</summary>
internal sealed record SearchSchema
{
    private static readonly string[] AttributePrefixes = ["attributes", "attribute", "attr", "run"];

    /// <summary>Such as <c>runs</c>, for messages.</summary>
    public required string Things { get; init; }

    /// <summary>Table of the things; alias <c>t</c> in <see cref="Columns"/> and in attributes.</summary>
    public required string Table { get; init; }

    /// <summary>Column of the id, of one name in all tables.</summary>
    public required string Id { get; init; }

    public required string Columns { get; init; }

    /// <summary>By name and by what else clients call them.</summary>
    public required IReadOnlyDictionary<string, SearchField> Attributes { get; init; }

    /// <summary>Of data sets; null where things have none.</summary>
    public IReadOnlyDictionary<string, SearchField>? Datasets { get; init; }

    /// <summary>Tables with columns id, <c>key</c> and <c>value</c>, of metrics also <c>is_nan</c>; null where things have none.</summary>
    public string? Metrics { get; init; }

    public string? Params { get; init; }

    public string? Tags { get; init; }

    /// <summary>Whether <see cref="Params"/> and <see cref="Tags"/> have an index on key and the beginning of the value.</summary>
    public bool TextsAreIndexed { get; init; }

    /// <summary>What decides where the order asked for does not; the last is unique.</summary>
    public required IReadOnlyList<string> DefaultOrder { get; init; }

    /// <exception cref="MetadataException">Invalid: things have no such field.</exception>
    public SearchField Resolve(Identifier field, string what)
    {
        var found = field.Prefix?.ToLowerInvariant() switch
        {
            null => Attributes.GetValueOrDefault(field.Key),
            "metrics" or "metric" => Keyed(Metrics, field.Key, FieldKind.Number),
            "params" or "param" or "parameters" or "parameter" => Keyed(Params, field.Key, FieldKind.Text),
            "tags" or "tag" => Keyed(Tags, field.Key, FieldKind.Text) is { } tag ? tag with { AbsentDiffers = field.Key == WellKnownTags.IsPrompt } : null,
            "datasets" or "dataset" => Datasets?.GetValueOrDefault(field.Key),
            var prefix => AttributePrefixes.Contains(prefix) ? Attributes.GetValueOrDefault(field.Key) : null,
        };
        return found ?? throw new MetadataException(
            MetadataError.Invalid,
            FormattableString.Invariant($"The {what} is wrong at position {field.Position}: {Things} have no '{MetadataText.Quote(field.Prefix is null ? field.Key : $"{field.Prefix}.{field.Key}")}'; they have {string.Join(", ", Known())}."));
    }

    private SearchField? Keyed(string? table, string key, FieldKind kind) => table is null ? null
        : new SearchField("value", kind) { Table = table, Key = key, HasNan = kind == FieldKind.Number, IsIndexed = kind == FieldKind.Text && TextsAreIndexed };

    private IEnumerable<string> Known()
    {
        foreach (var name in Attributes.Keys.Where(name => !name.Contains(' ', StringComparison.Ordinal)))
            yield return name;
        (string Name, string? Table)[] keyed = [("metrics", Metrics), ("params", Params), ("tags", Tags)];
        foreach (var (name, _) in keyed.Where(kind => kind.Table is not null))
            yield return name + ".<key>";
        foreach (var name in Datasets?.Keys ?? [])
            yield return "datasets." + name;
    }
}
