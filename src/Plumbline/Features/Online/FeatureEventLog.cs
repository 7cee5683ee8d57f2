using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using Plumbline.Storage;

namespace Plumbline.Features.Online;

/// <summary>
/// The append-only log of an embedded store: what happened since its states were written last. A record is its length, the CRC-32C of its bytes,
/// and they. Not thread-safe; holds the file against other processes until disposed.
/// </summary>
internal sealed class FeatureEventLog : IDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameBytes = 2 * sizeof(int);
    private const int MostRecordBytes = 1 << 16;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private bool _isBegun;
    private bool _isCut = true;

    private FeatureEventLog(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    private static ReadOnlySpan<byte> Magic => "plumbline-feature-log-1\n"u8;

    /// <summary>Of the states that the log follows.</summary>
    public long Generation { get; private set; }

    /// <summary>Bytes of the records that are durable.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes behind the last whole record, which were never acknowledged; they are in <c>events.log.torn</c> now.</summary>
    public long TornBytes { get; private set; }

    /// <exception cref="FeatureStoreException">InUse: another process has it open.</exception>
    public static FeatureEventLog Open(string path)
    {
        var isNew = !File.Exists(path);
        try
        {
            var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (isNew)
                DurableFolder.Flush(Path.GetDirectoryName(path)!);
            return new FeatureEventLog(path, file);
        }
        catch (IOException exception) when (!isNew)
        {
            throw new FeatureStoreException(
                FeatureStoreError.InUse, $"{path} is open in another process: an embedded feature store belongs to one. Stop that one, or use features.store kind redis.", exception);
        }
    }

    /// <summary>Reads the records that follow states of <paramref name="generation"/>, and puts aside what a crash left half written behind them.</summary>
    /// <exception cref="FeatureStoreException">
    /// Damaged: a record is not what was written though a whole one follows it, the log is of later states, or it is none that is known here.
    /// </exception>
    public List<LoggedEvent> Recover(long generation)
    {
        var bytes = ReadAll();
        var events = new List<LoggedEvent>();
        // The file is made, and made longer, before the header is in it.
        if (bytes.Length < HeaderBytes || (bytes.Length == HeaderBytes && !bytes.AsSpan().ContainsAnyExcept((byte)0)))
        {
            Follow(generation);
            return events;
        }
        if (!bytes.AsSpan().StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(HeaderBytes - sizeof(uint))) != Checksum(bytes.AsSpan(0, HeaderBytes - sizeof(uint))))
            throw Damaged("does not begin as a log of this version does");
        long of = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Magic.Length));
        if (of < generation)
        {
            // A crash between new states and the new log: the states hold all that the old one says.
            Follow(generation);
            return events;
        }
        if (of > generation)
            throw Damaged($"follows states {of}, and those here are {generation}");
        (Generation, _isBegun) = (generation, true);
        var at = HeaderBytes;
        for (; TryReadRecord(bytes, at, out var next, out var read); at = next)
            events.Add(read);
        if (FindRecord(bytes, at + 1) is { } whole)
            throw Damaged($"has a record at byte {at} that is not what was written, and a whole one at byte {whole}");
        TornBytes = bytes.Length - at;
        Length = at - HeaderBytes;
        if (TornBytes > 0)
        {
            AtomicFile.Write($"{_path}.torn", stream => stream.Write(bytes, at, bytes.Length - at));
            Cut();
        }
        return events;
    }

    /// <summary>Makes it an empty log after states of <paramref name="generation"/>. Until the next commit the file may stay as it is: an older log says nothing.</summary>
    public void Follow(long generation) => (Generation, Length, _isBegun) = (generation, 0, false);

    /// <summary>Adds a record to those that <see cref="Commit"/> writes.</summary>
    public void Append(LoggedEvent entityEvent)
    {
        var length = entityEvent.Length;
        var frame = _pending.GetSpan(FrameBytes + length)[..(FrameBytes + length)];
        entityEvent.Write(frame[FrameBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[sizeof(int)..], Checksum(frame[FrameBytes..]));
        _pending.Advance(FrameBytes + length);
    }

    /// <summary>Makes what was appended durable: one write, one flush. If that fails none of it is in the log.</summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public void Commit()
    {
        try
        {
            if (_pending.WrittenCount == 0)
                return;
            // New states, or an earlier failure, left this undone: a log must not grow behind a missing header or half a record.
            if (!_isBegun)
                Begin();
            if (!_isCut)
                Cut();
            RandomAccess.Write(_file, _pending.WrittenSpan, HeaderBytes + Length);
            RandomAccess.FlushToDisk(_file);
            Length += _pending.WrittenCount;
        }
        catch (IOException)
        {
            _isCut = false;
            throw;
        }
        finally
        {
            _pending.ResetWrittenCount();
        }
    }

    public void Dispose() => _file.Dispose();

    private static bool TryReadRecord(byte[] bytes, int at, out int next, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LoggedEvent? read)
    {
        read = null;
        if (!TryFrame(bytes, at, out next))
            return false;
        var record = bytes.AsSpan((at + FrameBytes)..next);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + sizeof(int))) == Checksum(record) && LoggedEvent.TryRead(record, out read);
    }

    /// <summary>The first whole record at or behind a place, wherever the damage before it ends: its length may be what is damaged.</summary>
    private static int? FindRecord(byte[] bytes, int from)
    {
        for (var at = from; at < bytes.Length - FrameBytes; at++)
        {
            if (TryReadRecord(bytes, at, out _, out _))
                return at;
        }
        return null;
    }

    private static bool TryFrame(byte[] bytes, int at, out int next)
    {
        next = 0;
        if (bytes.Length - at < FrameBytes || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) is not (> 0 and <= MostRecordBytes and var length)
            || bytes.Length - at - FrameBytes < length)
            return false;
        next = at + FrameBytes + length;
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            checksum = BitOperations.Crc32C(checksum, b);
        return ~checksum;
    }

    private byte[] ReadAll()
    {
        var bytes = new byte[RandomAccess.GetLength(_file)];
        for (var at = 0; at < bytes.Length;)
        {
            var read = RandomAccess.Read(_file, bytes.AsSpan(at), at);
            if (read == 0)
                throw new IOException($"{_path} ended early.");
            at += read;
        }
        return bytes;
    }

    private void Begin()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[Magic.Length..], checked((uint)Generation));
        BinaryPrimitives.WriteUInt32LittleEndian(header[^sizeof(uint)..], Checksum(header[..^sizeof(uint)]));
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, header, 0);
        RandomAccess.FlushToDisk(_file);
        (_isBegun, _isCut) = (true, true);
    }

    private void Cut()
    {
        RandomAccess.SetLength(_file, HeaderBytes + Length);
        RandomAccess.FlushToDisk(_file);
        _isCut = true;
    }

    private FeatureStoreException Damaged(string how) => new(
        FeatureStoreError.Damaged, $"{_path} {how}. Restore the folder from a backup, or remove it and fill the store again with plumbline features load.");
}
