namespace Plumbline.Storage;

/// <summary>What was saved of a table of a damaged store.</summary>
/// <param name="Unreadable">Rows that could not be read, at most: where a page is damaged, every number that a row on it could have had counts.</param>
/// <param name="Orphans">Rows that were read, but referred to ones that were not, and were left out for that.</param>
public sealed record SalvagedTable(string Name, long Rows, long Unreadable, long Orphans);
