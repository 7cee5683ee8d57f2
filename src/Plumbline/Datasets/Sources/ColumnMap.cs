namespace Plumbline.Datasets.Sources;

/// <summary>Matches the columns of a later file of a source to those of the first, by name.</summary>
internal static class ColumnMap
{
    public const int Missing = -1;

    /// <summary>For each column of the first file its position in <paramref name="file"/>; <see cref="Missing"/> for those not wanted.</summary>
    /// <param name="notes">Receives what is additional.</param>
    /// <exception cref="DatasetException">A wanted column is missing or there twice; the message names both files.</exception>
    public static int[] Match(SourceFile first, SourceFile file, Func<int, bool> wanted, List<string> notes)
    {
        var map = new int[first.Columns.Count];
        if (!first.IsNamed && file.Columns.Count != map.Length)
            throw new DatasetException($"{file.Name} has {file.Columns.Count} columns where {first.Name} has {map.Length}, and no header says which is which. Give all files a header, or the same columns");
        for (var column = 0; column < map.Length; column++)
            map[column] = !wanted(column) ? Missing : ReferenceEquals(first, file) ? column : Find(first, file, first.Columns[column]);
        var additional = file.Columns.Except(first.Columns, StringComparer.Ordinal).ToArray();
        if (additional.Length > 0)
            notes.Add($"{file.Name} has columns that {first.Name} has not, which are left out: {FieldCleaning.QuoteAll(additional)}.");
        return map;
    }

    private static int Find(SourceFile first, SourceFile file, string name)
    {
        var found = Enumerable.Range(0, file.Columns.Count).Where(i => string.Equals(file.Columns[i], name, StringComparison.Ordinal)).ToArray();
        return found switch
        {
            [var only] => only,
            [] => throw new DatasetException($"{file.Name} has no column '{name}', which {first.Name} has. Its columns: {FieldCleaning.QuoteAll(file.Columns)}. " +
                "Add the column, or ingest files of other columns by themselves"),
            _ => throw new DatasetException($"{file.Name} has {found.Length} columns '{name}', and {first.Name} tells no more. Rename all but one"),
        };
    }
}
