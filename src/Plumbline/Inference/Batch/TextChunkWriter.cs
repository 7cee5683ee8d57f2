using System.IO.Compression;

namespace Plumbline.Inference.Batch;

/// <summary>CSV or JSON lines, of which the rows of several chunks may follow one another; packed, as a gzip member.</summary>
internal sealed class TextChunkWriter : ChunkWriter
{
    private readonly Stream _stream;

    public TextChunkWriter(string path, bool isCompressed)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        _stream = isCompressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
    }

    public override void Write(AnsweredBatch batch) => _stream.Write(batch.Text.Span);

    public override void Complete() => _stream.Dispose();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stream.Dispose();
        base.Dispose(disposing);
    }
}
