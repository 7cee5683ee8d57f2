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
    /// texts are cleaned as a snapshot's are.
    /// </summary>
    /// <param name="options">Only the path, the text and the numeric columns matter.</param>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static IEnumerable<RecordBatch> ReadTexts(SourceOptions options, int batchSize = 4096, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        using var source = SourceReader.Open(options, stop);
        var mapping = ColumnFinder.Find(options, source.Columns, source.Sample, labelled: false);
        var wanted = mapping.Numeric.Select(numeric => numeric.Index).Append(mapping.Text.Index).ToHashSet();
        var builder = new BatchBuilder(batchSize, mapping.Numeric.Count);
        var row = 0L;
        foreach (var fields in source.ReadBatches(wanted.Contains, stop: stop))
        {
            for (var record = 0; record < fields.Count; record++)
            {
                Add(builder, fields, record, row++, mapping);
                if (builder.IsFull)
                    yield return builder.Build();
            }
        }
        if (builder.Count > 0)
            yield return builder.Build();
    }

    private static void Add(BatchBuilder builder, FieldBatch fields, int record, long row, SchemaMapping mapping)
    {
        var inputs = builder.Add(FieldCleaning.ReplaceNul(fields.Field(mapping.Text.Index, record)), -1, row);
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = FieldCleaning.TryNumber(fields.Field(mapping.Numeric[i].Index, record), out var value) ? (float)value : float.NaN;
    }
}
