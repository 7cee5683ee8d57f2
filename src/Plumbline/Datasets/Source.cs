using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>Files of records as they are, without a snapshot of them.</summary>
public static class Source
{
    /// <summary>Which column of the source is what.</summary>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static SchemaMapping Inspect(SourceOptions options)
    {
        using var source = SourceFile.Open(options.Path);
        return ColumnFinder.Find(options, source.Columns, source.Sample, labelled: true);
    }

    /// <summary>
    /// Streams every record in file order, empty texts too, so that answers line up with the file's rows. Labels are -1, rows the 0-based number in the file;
    /// texts are cleaned as a snapshot's are.
    /// </summary>
    /// <param name="options">Only the path, the text and the numeric columns matter.</param>
    /// <exception cref="DatasetException">The source cannot be read, or a column is missing or ambiguous.</exception>
    public static IEnumerable<RecordBatch> ReadTexts(SourceOptions options, int batchSize = 4096, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        using var source = SourceFile.Open(options.Path);
        var mapping = ColumnFinder.Find(options, source.Columns, source.Sample, labelled: false);
        using var reader = source.Read(column => column == mapping.Text.Index || mapping.Numeric.Any(numeric => numeric.Index == column));
        var builder = new BatchBuilder(batchSize, mapping.Numeric.Count);
        while (reader.Read())
        {
            Add(builder, reader, mapping);
            if (!builder.IsFull)
                continue;
            stop.ThrowIfCancellationRequested();
            yield return builder.Build();
        }
        if (builder.Count > 0)
            yield return builder.Build();
    }

    private static void Add(BatchBuilder builder, RecordReader reader, SchemaMapping mapping)
    {
        var inputs = builder.Add(FieldCleaning.ReplaceNul(reader.Field(mapping.Text.Index)), -1, reader.Row - 1);
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = FieldCleaning.TryNumber(reader.Field(mapping.Numeric[i].Index), out var value) ? (float)value : float.NaN;
    }
}
