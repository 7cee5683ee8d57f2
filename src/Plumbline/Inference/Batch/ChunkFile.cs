namespace Plumbline.Inference.Batch;

/// <summary>A chunk that is being written, with its errors. Not thread-safe.</summary>
internal sealed class ChunkFile(long chunk, OutputPlace place, Func<string, ChunkWriter> create) : IDisposable
{
    private readonly string _answers = place.NewFile();
    private readonly string _errors = place.NewFile();
    private ChunkWriter? _writer;
    private FileStream? _lines;

    public long Rows { get; private set; }

    public long Errors { get; private set; }

    public void Write(AnsweredBatch batch)
    {
        _writer ??= create(_answers);
        _writer.Write(batch);
        Rows += batch.Input.Count;
        Errors += batch.Faults.Count;
        if (batch.Faults.Count == 0)
            return;
        _lines ??= new FileStream(_errors, FileMode.CreateNew, FileAccess.Write);
        ErrorLines.Write(_lines, batch);
    }

    /// <summary>Makes both files parts of the output.</summary>
    public async Task<DoneChunk> FinishAsync(long token, CancellationToken stop)
    {
        var done = new DoneChunk(chunk, token, Rows, Errors);
        _writer!.Complete();
        if (_lines is not null)
        {
            await _lines.DisposeAsync().ConfigureAwait(false);
            await place.PutAsync(done.Part("errors"), _errors, stop).ConfigureAwait(false);
        }
        await place.PutAsync(done.Part("part"), _answers, stop).ConfigureAwait(false);
        return done;
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _lines?.Dispose();
        File.Delete(_answers);
        File.Delete(_errors);
    }
}
