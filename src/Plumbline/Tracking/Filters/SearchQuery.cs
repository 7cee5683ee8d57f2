namespace Plumbline.Tracking.Filters;

/// <summary>A question about things of one kind.</summary>
internal sealed record SearchQuery
{
    public string? Filter { get; init; }

    public IReadOnlyList<string> OrderBy { get; init; } = [];

    public required int Limit { get; init; }

    /// <summary>Of the page before; null for the first.</summary>
    public string? PageToken { get; init; }

    /// <summary>Columns of the things' own row and the values that they may have; an empty list lets nothing through.</summary>
    public IReadOnlyList<(string Column, IReadOnlyCollection<object> Values)> Restrictions { get; init; } = [];

    /// <summary>What else holds for the things of alias <c>t</c>, as SQL that the program itself holds.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>Values that <see cref="Conditions"/> and schemas refer to.</summary>
    public IReadOnlyList<(string Name, object? Value)> Named { get; init; } = [];

    /// <summary>What the order is by, where that is not what the filter is about.</summary>
    public SearchSchema? OrderSchema { get; init; }

    /// <summary>All but limit and token: what pages of one search have in common.</summary>
    public string Question(SearchSchema schema) => string.Join(
        '\n',
        [schema.Things, Filter?.Trim() ?? "", .. OrderBy, .. Restrictions.Select(restriction => FormattableString.Invariant($"{restriction.Column} {string.Join(' ', restriction.Values)}")), .. Named.Select(named => $"{named.Name} {named.Value}")]);
}

/// <param name="NextPageToken">Null on the last page.</param>
internal sealed record SearchPage<T>(IReadOnlyList<T> Rows, string? NextPageToken);
