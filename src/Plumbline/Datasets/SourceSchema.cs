using System.Text.Json.Serialization;

namespace Plumbline.Datasets;

/// <summary>What the values of a column are, the narrowest first that fits.</summary>
public enum FieldType
{
    /// <summary><c>true, false, t, f</c> in any case.</summary>
    Boolean,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>A date or time that can be read in one way only.</summary>
    Time,

    /// <summary>A short value: a name, an id, a label.</summary>
    String,

    /// <summary>Prose.</summary>
    Text,
}

/// <summary>A column as <c>plumbline.yaml</c> fixes it.</summary>
public sealed record PinnedColumn(string Name, FieldType Type);

/// <param name="Type">Inferred from the first records: what at least 95 % of the values present read as.</param>
/// <param name="Missing">Share of the first records that have no value, 0 to 1.</param>
public sealed record SourceColumn(string Name, FieldType Type, double Missing)
{
    [JsonIgnore]
    public bool Nullable => Missing > 0;
}

/// <summary>The columns of a source as its first records show them, in the source's order.</summary>
public sealed record SourceSchema(IReadOnlyList<SourceColumn> Columns)
{
    public IReadOnlyList<PinnedColumn> Pin() => [.. Columns.Select(column => new PinnedColumn(column.Name, column.Type))];
}
