namespace Plumbline.Inference.Batch;

/// <summary>Writes the answers of one chunk to a file of its own. Not thread-safe; may be handed from one thread to the next.</summary>
internal abstract class ChunkWriter : IDisposable
{
    /// <summary>Rows in order.</summary>
    public abstract void Write(AnsweredBatch batch);

    /// <summary>Closes the file, which then has all rows.</summary>
    public abstract void Complete();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
