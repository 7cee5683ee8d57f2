using Plumbline.Datasets;
using Plumbline.Features.Online;

namespace Plumbline.Inference.Batch;

/// <summary>Answers rows as they come, where the input or the output is a stream: nothing is kept, and nothing can be taken up again.</summary>
/// <param name="online">Null for a model without aggregates.</param>
public sealed class StreamedAnswers(IPredictor predictor, BatchOptions options, OnlineFeatures? online, TimeProvider time)
{
    /// <summary>One text a line.</summary>
    /// <param name="input">Read on the calling thread, so that a pipe is answered before it ends.</param>
    public BatchResult RunLines(Stream input, Stream output, CancellationToken stop)
    {
        options.Validate(predictor);
        return Run(LineTexts.Read(input, stop), InputColumns.OfTexts(predictor), 1, output, null, stop);
    }

    /// <param name="errors">Told each row that cannot be answered, and why.</param>
    /// <exception cref="DatasetException">The input cannot be read, or too many rows cannot be answered.</exception>
    public BatchResult RunSource(int threads, Stream output, Action<string> errors, CancellationToken stop)
    {
        using var source = BatchInput.Open(options, predictor, stop);
        return Run(Batches(source, stop), source.Columns, threads, output, errors, stop);
    }

    private static IEnumerable<InputBatch> Batches(BatchInput source, CancellationToken stop)
    {
        while (source.Read(0, BatchAnswerer.BatchRows, stop) is { } batch)
            yield return batch;
    }

    private BatchResult Run(IEnumerable<InputBatch> batches, InputColumns columns, int threads, Stream output, Action<string>? errors, CancellationToken stop)
    {
        if (options.Format == AnswerFormat.Parquet)
            throw new DatasetException("Parquet cannot be written to a stream. Name a file, or write CSV or JSON lines");
        var inputs = new RecordInputs(predictor, online, time.GetUtcNow());
        var answerer = new BatchAnswerer(predictor, options, inputs, columns);
        var answers = threads == 1 ? batches.Select(batch => answerer.Answer(batch, stop)) : RecordBatches.MapInOrder(batches, threads, batch => answerer.Answer(batch, stop), stop);
        output.Write(answerer.Header);
        var counts = default(BatchCounts);
        foreach (var batch in answers)
        {
            output.Write(batch.Text.Span);
            output.Flush();
            counts = new BatchCounts(counts.Rows + batch.Input.Count, counts.Errors + batch.Faults.Count);
            foreach (var fault in batch.Faults)
                errors?.Invoke(FormattableString.Invariant($"{batch.Input.File}, row {batch.Input.Fields!.Row(fault.Record)}: {fault.Detail}"));
            if (options.MaxErrors is { } limit && limit.IsExceeded(counts.Errors, counts.Rows))
                throw new DatasetException(FormattableString.Invariant($"{counts.Errors} of {counts.Rows} rows cannot be answered, and at most {limit} may be. Correct the input, or allow more"));
        }
        return new BatchResult(counts.Rows, counts.Errors, 0, inputs);
    }
}
