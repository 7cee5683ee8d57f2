using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Datasets;

/// <summary>The digest of docs/specs/snapshot.md, fed field by field in the order of the columns. Not thread-safe.</summary>
internal sealed class SnapshotDigest : IDisposable
{
    private const ulong MissingNumber = 0x7FF8000000000000;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _used;

    public SnapshotDigest(IReadOnlyList<SnapshotColumn> columns)
    {
        Append("plumbline-snapshot-1\n"u8);
        Append((uint)columns.Count);
        foreach (var column in columns)
        {
            AddString(Encoding.UTF8.GetBytes(column.Name));
            Append([(byte)column.Type]);
        }
    }

    /// <param name="sha256">Of the text.</param>
    public void AddText(ReadOnlySpan<byte> sha256) => Append(sha256);

    public void AddString(ReadOnlySpan<byte> value)
    {
        Append((uint)value.Length);
        Append(value);
    }

    public void AddMissingString() => Append(uint.MaxValue);

    /// <param name="microseconds"><see cref="long.MinValue"/> where missing.</param>
    public void AddTime(long microseconds) => Append((ulong)microseconds);

    public void AddNumber(double? value) => Append(value is { } number ? BitConverter.DoubleToUInt64Bits(number) : MissingNumber);

    public void AddCount(long count) => Append((ulong)count);

    /// <returns>64 lower-case hex digits.</returns>
    public string Finish(ReadOnlySpan<Split> splits)
    {
        Append((ulong)splits.Length);
        Append(MemoryMarshal.AsBytes(splits));
        _hash.AppendData(_buffer.AsSpan(0, _used));
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void Append(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Append(bytes);
    }

    private void Append(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Append(bytes);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            _hash.AppendData(_buffer.AsSpan(0, _used));
            _used = 0;
            if (bytes.Length > _buffer.Length)
            {
                _hash.AppendData(bytes);
                return;
            }
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }
}
