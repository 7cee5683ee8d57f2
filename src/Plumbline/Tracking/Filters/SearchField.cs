namespace Plumbline.Tracking.Filters;

internal enum FieldKind
{
    /// <summary>Compared by = and !=, LIKE and ILIKE.</summary>
    Text,

    /// <summary>As <see cref="Text"/>, and by IN and NOT IN.</summary>
    Name,

    Number,
}

/// <summary>Something that can be compared and sorted by: a column of the thing's own row, or of rows of another table that belong to it.</summary>
/// <param name="Column">Of its own row: an expression over alias <c>t</c>. Of another table: the column's name.</param>
internal sealed record SearchField(string Column, FieldKind Kind)
{
    /// <summary>The other table, which has the thing's id too; null for a column of its own row.</summary>
    public string? Table { get; init; }

    /// <summary>Which rows of <see cref="Table"/>: those with this in column <c>key</c>; null for all.</summary>
    public string? Key { get; init; }

    /// <summary>Where the table says by <c>is_nan</c> that a value is none.</summary>
    public bool HasNan { get; init; }

    /// <summary>Whether a thing without it differs from every value.</summary>
    public bool AbsentDiffers { get; init; }

    /// <summary>Whether an index has the beginnings of its texts, as <c>substr(value, 1, 100)</c>.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>Of its own row: may be NULL, and then comes last.</summary>
    public bool IsNullable { get; init; }
}
