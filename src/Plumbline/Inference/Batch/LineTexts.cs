using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Inference.Batch;

/// <summary>One text a line, as they come, so that a pipe is answered before it ends.</summary>
internal static class LineTexts
{
    private const int ChunkBytes = 64 << 10;
    private const int MaxLineBytes = 16 << 20;

    /// <exception cref="DatasetException">A line is longer than 16 MiB.</exception>
    public static IEnumerable<InputBatch> Read(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[ChunkBytes];
        var length = 0;
        long row = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (length == buffer.Length)
            {
                if (length >= MaxLineBytes)
                    throw new DatasetException($"Standard input, line {row + 1}: more than {MaxLineBytes >> 20} MiB without an end");
                Array.Resize(ref buffer, buffer.Length * 2);
            }
            // A terminal may be silent for long; waiting for it must end with Ctrl-C.
            var read = stream.ReadAsync(buffer.AsMemory(length), cancellation).AsTask().WaitAsync(cancellation).GetAwaiter().GetResult();
            length += read;
            var whole = read == 0 ? length : buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            if (whole > 0)
            {
                var fields = Split(buffer.AsSpan(0, whole), row);
                yield return new InputBatch(0, row, "Standard input", [], fields);
                row += fields.Count;
                buffer.AsSpan(whole, length - whole).CopyTo(buffer);
                length -= whole;
            }
            if (read == 0)
                yield break;
        }
    }

    private static FieldBatch Split(ReadOnlySpan<byte> lines, long row)
    {
        var texts = new byte[lines.Length];
        var ends = new List<int>();
        var length = 0;
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            var line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? [] : lines[(end + 1)..];
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            line.CopyTo(texts.AsSpan(length));
            length += line.Length;
            ends.Add(length);
        }
        return new FieldBatch(0, row + 1, 1, texts, [.. ends]);
    }
}
