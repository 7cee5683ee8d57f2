using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Appends blocks to one segment. After an <see cref="IOException"/> the same rows may be appended again. Not thread-safe.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly HashSet<uint> _versions = [];
    private readonly byte[] _header = new byte[SegmentBlock.HeaderBytes];
    private bool _isCut = true;

    private SegmentWriter(string path, SafeFileHandle file) => (Path, _file) = (path, file);

    public string Path { get; }

    /// <summary>Bytes that are durable.</summary>
    public long Length { get; private set; }

    /// <param name="path">Of a file that is not there.</param>
    /// <exception cref="IOException">The disk is full or broken; nothing is left behind.</exception>
    public static SegmentWriter Create(string path)
    {
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(file, SegmentBlock.FileHeader(), 0);
            DurableFolder.Flush(System.IO.Path.GetDirectoryName(path)!);
            return new SegmentWriter(path, file) { Length = SegmentBlock.FileHeaderBytes };
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Makes rows durable, and the versions that they refer to.</summary>
    /// <param name="rows">Whole rows.</param>
    /// <exception cref="IOException">The disk is full or broken; none of them is in the segment.</exception>
    public void Append(ReadOnlyMemory<byte> rows, IReadOnlyList<LoggedVersion> versions)
    {
        var (at, added) = (Length, new List<uint>());
        try
        {
            if (!_isCut)
                RandomAccess.SetLength(_file, Length);
            _isCut = false;
            var rest = rows.Span;
            while (PredictionRow.TryTake(ref rest, out var row))
            {
                if (_versions.Contains(row.Version) || added.Contains(row.Version))
                    continue;
                var version = versions[(int)row.Version];
                var json = version.ToJson();
                at = Write(SegmentBlock.Of(version, json), json, at);
                added.Add(row.Version);
            }
            at = Write(SegmentBlock.Of(rows.Span), rows, at);
            RandomAccess.FlushToDisk(_file);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(exception.Message, exception);
        }
        (Length, _isCut) = (at, true);
        _versions.UnionWith(added);
    }

    public void Dispose() => _file.Dispose();

    private long Write(SegmentBlock block, ReadOnlyMemory<byte> body, long at)
    {
        block.Write(_header);
        RandomAccess.Write(_file, [_header, body], at);
        return at + _header.Length + body.Length;
    }
}
