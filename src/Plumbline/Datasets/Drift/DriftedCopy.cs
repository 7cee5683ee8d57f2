using Plumbline.Datasets.Output;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets.Drift;

/// <summary>Copies a source with drift injected into it.</summary>
public static class DriftedCopy
{
    /// <summary>Reads the source twice: to learn its labels and times, then to copy it.</summary>
    /// <param name="format">Of what is written.</param>
    /// <param name="output">Receives the records; stays the caller's to dispose.</param>
    /// <param name="home">Where Parquet is put together.</param>
    /// <param name="threads">Changes nothing of the result.</param>
    /// <exception cref="DatasetException">The source cannot be used, or has not what a kind of drift needs; the message says which.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static DriftInjectionReport Write(
        SourceOptions source, DriftInjectionOptions options, RecordFormat format, Stream output, Home home, int threads, IProgress<IngestProgress>? progress = null,
        CancellationToken stop = default)
    {
        options.Validate();
        var survey = Survey(source, progress, stop);
        using var reader = SourceReader.Open(source, stop);
        var mapping = ColumnFinder.Find(source, reader.Columns, reader.Sample, labelled: true);
        var wanted = mapping.Columns.Select(column => column.Index).ToHashSet();
        var injection = new DriftInjection(options, reader.Columns, mapping, survey);
        using var writer = RecordWriter.Create(format, output, reader.Columns, reader.InferSchema(mapping), home);
        var tally = new DriftTally(options.Windows);
        foreach (var (fields, copies, done) in RecordBatches.MapInOrder(Numbered(reader.ReadBatches(wanted.Contains, others: true, stop: stop)), threads, batch => injection.Apply(batch.Fields, batch.First), stop))
        {
            writer.Write(fields, copies);
            tally.Add(done);
            progress?.Report(new IngestProgress("write", tally.Written, reader.BytesRead, reader.BytesTotal));
        }
        writer.Complete();
        return injection.Report(tally);
    }

    private static DriftSurvey Survey(SourceOptions source, IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        using var reader = SourceReader.Open(source, stop);
        var mapping = ColumnFinder.Find(source, reader.Columns, reader.Sample, labelled: true);
        var wanted = new[] { mapping.Label, mapping.Time }.OfType<MappedColumn>().Select(column => column.Index).ToHashSet();
        var survey = DriftSurvey.Of(reader.ReadBatches(wanted.Contains, stop: stop), mapping);
        progress?.Report(new IngestProgress("read", survey.Records, reader.BytesTotal, reader.BytesTotal));
        return survey;
    }

    private static IEnumerable<(FieldBatch Fields, long First)> Numbered(IEnumerable<FieldBatch> batches)
    {
        var first = 0L;
        foreach (var batch in batches)
        {
            yield return (batch, first);
            first += batch.Count;
        }
    }
}
