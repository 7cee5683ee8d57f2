using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>Files of records as they are, without a snapshot of them.</summary>
public static class Source
{
    /// <summary>Which column of the source is what.</summary>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static SchemaMapping Inspect(SourceOptions options) => Describe(options).Mapping;

    /// <summary>The columns of a source and what their first values are, to be shown and pinned.</summary>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static (SchemaMapping Mapping, SourceSchema Schema) Describe(SourceOptions options)
    {
        using var source = SourceReader.Open(options);
        var mapping = ColumnFinder.Find(options, source.Columns, source.Sample, labelled: true);
        return (mapping, source.InferSchema(mapping));
    }

    /// <summary>
    /// Streams every record in file order, empty texts too, so that answers line up with the file's rows. Labels are -1, rows the 0-based number in the source;
    /// texts, users and items are cleaned as a snapshot's are.
    /// </summary>
    /// <param name="options">Only the path, the delimiter, the text, the numeric and categorical columns and, with aggregates, user, item and time matter.</param>
    /// <param name="aggregates">Columns whose values follow the numeric ones in a record's inputs; missing where the source does not have them. With any, batches have entities.</param>
    /// <param name="usual">Whose text, user, item and time are taken where the source has columns of such names and <paramref name="options"/> name none.</param>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static IEnumerable<RecordBatch> ReadTexts(
        SourceOptions options, int batchSize = 4096, IReadOnlyList<string>? aggregates = null, SourceOptions? usual = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        aggregates ??= [];
        using var source = SourceReader.Open(options, stop);
        var named = Complete(options, usual, source.Columns) with { Numeric = [.. options.Numeric, .. aggregates.Where(source.Columns.Contains)] };
        var mapping = ColumnFinder.Find(named, source.Columns, source.Sample, labelled: false, entities: aggregates.Count > 0);
        var wanted = mapping.Columns.Select(column => column.Index).ToHashSet();
        var columns = Columns(mapping, aggregates);
        var builder = new BatchBuilder(batchSize, columns.Length, mapping.Categorical.Count, aggregates.Count > 0);
        var row = 0L;
        foreach (var fields in source.ReadBatches(wanted.Contains, stop: stop))
        {
            for (var record = 0; record < fields.Count; record++)
            {
                Add(builder, fields, record, row++, mapping, columns);
                if (builder.IsFull)
                    yield return builder.Build();
            }
        }
        if (builder.Count > 0)
            yield return builder.Build();
    }

    /// <summary>Columns as named, else as they usually are where the source has them.</summary>
    internal static SourceOptions Complete(SourceOptions options, SourceOptions? usual, IReadOnlyList<string> columns)
    {
        return options with
        {
            Text = options.Text ?? There(usual?.Text),
            User = options.User ?? There(usual?.User),
            Item = options.Item ?? There(usual?.Item),
            Time = options.Time ?? There(usual?.Time),
        };

        string? There(string? name) => name is not null && columns.Contains(name, StringComparer.OrdinalIgnoreCase) ? name : null;
    }

    /// <summary>Column of each input; −1 where the source does not have it.</summary>
    internal static int[] Columns(SchemaMapping mapping, IReadOnlyList<string> aggregates) =>
    [
        .. mapping.Numeric.Where(numeric => !aggregates.Contains(numeric.Name)).Select(numeric => numeric.Index),
        .. aggregates.Select(name => mapping.Numeric.FirstOrDefault(numeric => numeric.Name == name)?.Index ?? -1),
    ];

    /// <param name="columns">As <see cref="Columns"/> has them.</param>
    internal static void Add(BatchBuilder builder, FieldBatch fields, int record, long row, SchemaMapping mapping, int[] columns)
    {
        var inputs = builder.Add(FieldCleaning.ReplaceNul(fields.Field(mapping.Text.Index, record)), -1, row);
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = columns[i] >= 0 && FieldCleaning.TryInput(fields.Field(columns[i], record), out var value) ? (float)value : float.NaN;
        builder.Entities?.Add(Field(fields, record, mapping.User), Field(fields, record, mapping.Item), Field(fields, record, mapping.Time));
        foreach (var category in mapping.Categorical)
            builder.AddCategory(FieldCleaning.Name(fields.Field(category.Index, record)));
    }

    private static ReadOnlySpan<byte> Field(FieldBatch fields, int record, MappedColumn? column) => column is null ? [] : fields.Field(column.Index, record);
}
