using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Tuning;

namespace Plumbline.Inference.Batch;

/// <summary>Answers the chunks that a ledger gives, in one process. Not thread-safe.</summary>
/// <param name="input">What the input was when the work began.</param>
/// <param name="before">What was done before.</param>
internal sealed class BatchRun(
    IPredictor predictor, BatchOptions options, RecordInputs inputs, IReadOnlyList<InputFile> input, OutputPlace place, IChunkLedger ledger, BatchCounts before, TimeProvider time)
{
    // One lookup asks for all users and items of a batch, and others ask the same store.
    private const int RowsOfLookups = 1024;

    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(500);

    private long _rows = before.Rows;
    private long _errors = before.Errors;
    private long? _left;

    /// <summary>Whether the input was there, and as it was when the work began.</summary>
    public bool HasOpened { get; private set; }

    /// <summary>Answers until all chunks are done, by whomever. Blocks.</summary>
    /// <param name="threads">One works on the calling thread alone.</param>
    /// <exception cref="DatasetException">The input cannot be read, or is another one than it was; or too many rows cannot be answered.</exception>
    public void Answer(int threads, IProgress<BatchProgress>? progress, CancellationToken stop)
    {
        while (true)
        {
            var claim = _left is { } left ? new ChunkClaim(left, IsComplete: false) : ledger.ClaimAsync(0, stop).GetAwaiter().GetResult();
            _left = null;
            if (claim.IsComplete)
                return;
            if (claim.Chunk is { } chunk)
                Pass(chunk, threads, progress, stop);
            else
                Task.Delay(LookAround, time, stop).GetAwaiter().GetResult();
        }
    }

    /// <summary>Puts the output together of the parts, and removes them.</summary>
    /// <param name="check">Called before anything is seen of it.</param>
    public async Task<BatchCounts> AssembleAsync(Func<CancellationToken, Task> check, CancellationToken stop)
    {
        var chunks = await ledger.ListAsync(stop).ConfigureAwait(false);
        var counts = new BatchCounts(chunks.Sum(chunk => chunk.Rows), chunks.Sum(chunk => chunk.Errors));
        // All may have been done by a run that allowed less.
        await CheckAsync(counts, stop).ConfigureAwait(false);
        using var source = Open(stop);
        var assembly = new OutputAssembly(predictor, options, source.Columns, place);
        await assembly.RunAsync(chunks, check, stop).ConfigureAwait(false);
        return counts;
    }

    /// <summary>One reading of the input, from a chunk on.</summary>
    private void Pass(long first, int threads, IProgress<BatchProgress>? progress, CancellationToken stop)
    {
        using var source = Open(stop);
        var answerer = new BatchAnswerer(predictor, options, inputs, source.Columns);
        var batches = Batches(source, first, stop);
        var answers = threads == 1 ? batches.Select(batch => answerer.Answer(batch, stop)) : RecordBatches.MapInOrder(batches, threads, batch => answerer.Answer(batch, stop), stop);
        ChunkFile? current = null;
        var finishing = Task.CompletedTask;
        try
        {
            foreach (var batch in answers)
            {
                current ??= new ChunkFile(batch.Input.Chunk, place, path => Create(path, source.Columns.Kept));
                if (batch.Input.Fields is not null)
                {
                    current.Write(batch);
                    progress?.Report(new BatchProgress(_rows += batch.Input.Count, _errors += batch.Faults.Count, source.Share));
                    continue;
                }
                finishing.GetAwaiter().GetResult();
                var written = current;
                current = null;
                // What is answered is kept, also by who is told to stop.
                finishing = threads == 1 ? FinishAsync(written, CancellationToken.None) : Task.Run(() => FinishAsync(written, CancellationToken.None), CancellationToken.None);
            }
            finishing.GetAwaiter().GetResult();
        }
        finally
        {
            current?.Dispose();
            // Its error, if any, was told, or comes after another.
            Task.WhenAny(finishing).GetAwaiter().GetResult();
        }
    }

    private BatchInput Open(CancellationToken stop)
    {
        var source = BatchInput.Open(options, predictor, stop);
        if (InputFiles.Difference(input, source.Files()) is not { } difference)
        {
            HasOpened = true;
            return source;
        }
        source.Dispose();
        throw new DatasetException($"The input changed since the work on {place.Name} began: {difference}. Put it back as it was, or begin anew");
    }

    /// <summary>Batches of the chunks that are claimed, an empty one after each chunk's last.</summary>
    private IEnumerable<InputBatch> Batches(BatchInput source, long chunk, CancellationToken stop)
    {
        var most = source.Columns.HasEntities ? RowsOfLookups : BatchAnswerer.BatchRows;
        while (true)
        {
            var left = options.ChunkRows;
            if (source.MoveTo(chunk * options.ChunkRows, stop))
            {
                for (InputBatch? batch; left > 0 && (batch = source.Read(chunk, Math.Min(most, left), stop)) is not null; left -= batch.Count)
                    yield return batch;
            }
            if (left > 0)
                ledger.EndAsync(source.Row, stop).GetAwaiter().GetResult();
            if (left < options.ChunkRows)
                yield return InputBatch.End(chunk);
            if (left > 0)
                yield break;
            var next = ledger.ClaimAsync(chunk + 1, stop).GetAwaiter().GetResult().Chunk;
            if (next is null || next <= chunk)
            {
                _left = next;
                yield break;
            }
            chunk = next.Value;
        }
    }

    private async Task FinishAsync(ChunkFile file, CancellationToken stop)
    {
        using (file)
        {
            var done = await file.FinishAsync(ledger.Token, stop).ConfigureAwait(false);
            BatchCounts counts;
            try
            {
                counts = await ledger.CompleteAsync(done, stop).ConfigureAwait(false);
            }
            catch (LeaseLostException)
            {
                // Nobody will ask for what was brought too late.
                await place.DropAsync(done.Part("part"), stop).ConfigureAwait(false);
                await place.DropAsync(done.Part("errors"), stop).ConfigureAwait(false);
                throw;
            }
            await CheckAsync(counts, stop).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(BatchCounts counts, CancellationToken stop)
    {
        if (options.MaxErrors is not { } limit || !limit.IsExceeded(counts.Errors, counts.Rows))
            return;
        var done = await ledger.ListAsync(stop).ConfigureAwait(false);
        await OutputAssembly.PublishErrorsAsync(place, done, stop).ConfigureAwait(false);
        throw new DatasetException(string.Create(
            CultureInfo.InvariantCulture, $"{counts.Errors} of {counts.Rows} rows cannot be answered, and at most {limit} may be. {place.Name}{OutputPlace.ErrorsSuffix} says which and why. Correct the input, or allow more"));
    }

    private ChunkWriter Create(string path, KeptColumn[] kept) => options.Format == AnswerFormat.Parquet
        ? new ParquetChunkWriter(path, place.Temporary, predictor, options, kept)
        : new TextChunkWriter(path, options.IsCompressed);
}
