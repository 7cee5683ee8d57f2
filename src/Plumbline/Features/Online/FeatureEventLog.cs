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
    private long _generation;
    private bool _isBegun;
    private bool _isCut = true;

    private FeatureEventLog(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    private static ReadOnlySpan<byte> Magic => "plumbline-feature-log-1\n"u8;

    /// <summary>Bytes of the records that are durable.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes behind the last whole record, which were never acknowledged and are gone.</summary>
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

    /// <summary>Reads the records that follow states of <paramref name="generation"/>, and cuts off what a crash left half written behind them.</summary>
    /// <exception cref="FeatureStoreException">Damaged: a record is not what was written though whole ones follow it, or the log is of later states.</exception>
    public List<LoggedEvent> Recover(long generation)
    {
        var bytes = ReadAll();
        var events = new List<LoggedEvent>();
        if (bytes.Length < HeaderBytes || !bytes.AsSpan().StartsWith(Magic) || BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(Magic.Length)) is var of && of < generation)
        {
            // A crash between new states and the new log: the states hold all that the old one says.
            Begin(generation);
            return events;
        }
        if (of > generation)
            throw Damaged($"follows states {of}, and those here are {generation}");
        (_generation, _isBegun) = (generation, true);
        var at = HeaderBytes;
        for (; TryReadRecord(bytes, at, out var next, out var read); at = next)
            events.Add(read);
        if (TryFrame(bytes, at, out var after) && TryReadRecord(bytes, after, out _, out _))
            throw Damaged($"has a record at byte {at} that is not what was written");
        TornBytes = bytes.Length - at;
        Length = at - HeaderBytes;
        if (TornBytes > 0)
            Cut();
        return events;
    }

    /// <summary>Begins an empty log after states of <paramref name="generation"/>, durably.</summary>
    public void Begin(long generation)
    {
        (_generation, _isBegun) = (generation, false);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[Magic.Length..], generation);
        Length = 0;
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, header, 0);
        RandomAccess.FlushToDisk(_file);
        (_isBegun, _isCut) = (true, true);
    }

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
            // What an earlier failure left undone: a log must not grow behind a missing header or half a record.
            if (!_isBegun)
                Begin(_generation);
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

    private void Cut()
    {
        RandomAccess.SetLength(_file, HeaderBytes + Length);
        RandomAccess.FlushToDisk(_file);
        _isCut = true;
    }

    private FeatureStoreException Damaged(string how) => new(
        FeatureStoreError.Damaged, $"{_path} {how}. Restore the folder from a backup, or remove it and fill the store again with plumbline features load.");
}
