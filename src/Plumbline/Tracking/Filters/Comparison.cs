namespace Plumbline.Tracking.Filters;

internal enum Comparator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,
    In,
    NotIn,
}

/// <summary>What is compared or sorted by, as it was written.</summary>
/// <param name="Prefix">Such as <c>metrics</c>; null for none.</param>
/// <param name="Position">From 1.</param>
internal sealed record Identifier(string? Prefix, string Key, int Position);

/// <param name="Number">Null where it was quoted.</param>
internal readonly record struct Literal(string Text, double? Number, int Position);

/// <param name="Values">One, but for IN and NOT IN.</param>
internal sealed record Comparison(Identifier Field, Comparator Comparator, int Position, IReadOnlyList<Literal> Values);

internal sealed record OrderTerm(Identifier Field, bool Descending);
