using System.Text.Json.Serialization;

namespace Plumbline.Datasets;

/// <param name="Index">0-based position in the source.</param>
/// <param name="Why"><c>named</c> by the user, found <c>by name</c>, or <c>by shape</c> of its values.</param>
public sealed record MappedColumn(int Index, string Name, string Why);

/// <summary>Which column of a source is what, and why.</summary>
/// <param name="LabelTime">When the label became known, where the source says so.</param>
/// <param name="Label">Null only where labels were not asked for.</param>
public sealed record SchemaMapping(
    MappedColumn Text,
    MappedColumn? Label,
    MappedColumn? Split,
    MappedColumn? User,
    MappedColumn? Item,
    MappedColumn? Time,
    IReadOnlyList<MappedColumn> Numeric,
    MappedColumn? LabelTime = null,
    IReadOnlyList<MappedColumn>? Categorical = null)
{
    /// <summary>Empty in manifests of earlier versions.</summary>
    public IReadOnlyList<MappedColumn> Categorical { get; init; } = Categorical ?? [];

    /// <summary>Every column that has a role.</summary>
    [JsonIgnore]
    public IEnumerable<MappedColumn> Columns => new[] { Text, Label, Split, User, Item, Time, LabelTime }.OfType<MappedColumn>().Concat(Numeric).Concat(Categorical);
}
