namespace Plumbline.Datasets.Sources;

/// <summary>Matches the columns of a later file of a source to those of the first, by name.</summary>
internal static class ColumnMap
{
    public const int Missing = -1;

    /// <summary>For each column of the first file its position in <paramref name="file"/>; <see cref="Missing"/> for those not wanted, or not there.</summary>
    /// <param name="wanted">Columns without which a file is of no use.</param>
    /// <param name="others">Whether the other columns are wanted where the file has them.</param>
    /// <param name="notes">Receives what is additional, and what is missing of the others.</param>
    /// <exception cref="DatasetException">A wanted column is missing or there twice; the message names both files.</exception>
    public static int[] Match(SourceFile first, SourceFile file, Func<int, bool> wanted, bool others, List<string> notes)
    {
        var map = new int[first.Columns.Count];
        if (!first.IsNamed && file.Columns.Count != map.Length)
            throw new DatasetException($"{file.Name} has {file.Columns.Count} columns where {first.Name} has {map.Length}, and no header says which is which. Give all files a header, or the same columns");
        for (var column = 0; column < map.Length; column++)
            map[column] = !wanted(column) && !others ? Missing
                : ReferenceEquals(first, file) ? column
                : wanted(column) ? Find(first, file, first.Columns[column])
                : FindOther(first, file, first.Columns[column], notes);
        var additional = file.Columns.Except(first.Columns, StringComparer.Ordinal).ToArray();
        if (additional.Length > 0)
            notes.Add($"{file.Name} has columns that {first.Name} has not, which are left out: {FieldCleaning.QuoteAll(additional)}.");
        return map;
    }

    private static int Find(SourceFile first, SourceFile file, string name)
    {
        var found = Positions(file, name);
        return found switch
        {
            [var only] => only,
            [] => throw new DatasetException($"{file.Name} has no column '{name}', which {first.Name} has. Its columns: {FieldCleaning.QuoteAll(file.Columns)}. " +
                "Add the column, or ingest files of other columns by themselves"),
            _ => throw new DatasetException($"{file.Name} has {found.Length} columns '{name}', and {first.Name} tells no more. Rename all but one"),
        };
    }

    private static int FindOther(SourceFile first, SourceFile file, string name, List<string> notes)
    {
        var found = Positions(file, name);
        if (found.Length == 1)
            return found[0];
        notes.Add($"{file.Name} has {(found.Length == 0 ? "no" : "more than one")} column '{name}', which {first.Name} has; it counts as missing there.");
        return Missing;
    }

    private static int[] Positions(SourceFile file, string name) =>
        [.. Enumerable.Range(0, file.Columns.Count).Where(i => string.Equals(file.Columns[i], name, StringComparison.Ordinal))];
}
