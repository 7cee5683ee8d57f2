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

    /// <summary>All but limit and token: what pages of one search have in common.</summary>
    public string Question(SearchSchema schema) => string.Join(
        '\n',
        [schema.Things, Filter?.Trim() ?? "", .. OrderBy, .. Restrictions.Select(restriction => FormattableString.Invariant($"{restriction.Column} {string.Join(' ', restriction.Values)}"))]);
}

/// <param name="NextPageToken">Null on the last page.</param>
internal sealed record SearchPage<T>(IReadOnlyList<T> Rows, string? NextPageToken);
