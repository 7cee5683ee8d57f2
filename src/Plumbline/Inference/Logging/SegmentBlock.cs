using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Plumbline.Inference.Logging;

/// <summary>What a block of a segment holds. The values are part of the format.</summary>
internal enum SegmentBlockKind : uint
{
    Version = 1,

    Predictions = 2,
}

/// <summary>The header of a block: docs/specs/prediction-log.md.</summary>
/// <param name="Length">Bytes of the body.</param>
/// <param name="Number">Of the version, or of rows.</param>
/// <param name="Checksum">Of the body.</param>
/// <param name="First">Least Unix ms of the rows' ids.</param>
/// <param name="Last">Greatest.</param>
internal readonly record struct SegmentBlock(int Length, SegmentBlockKind Kind, uint Number, uint Checksum, long First, long Last)
{
    public const int HeaderBytes = 36;
    public const int MostBytes = 16 << 20;
    public const int FileHeaderBytes = 32;

    /// <summary>As it is written.</summary>
    private const int Format = 2;

    /// <param name="format">1 is that of segments whose rows have no trace ids.</param>
    public static byte[] FileHeader(int format = Format)
    {
        var header = new byte[FileHeaderBytes];
        Encoding.ASCII.GetBytes(FormattableString.Invariant($"plumbline-predictions-{format}\n"), header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(FileHeaderBytes - sizeof(uint)), Crc32.HashToUInt32(header.AsSpan(..^sizeof(uint))));
        return header;
    }

    public static bool IsFileHeader(ReadOnlySpan<byte> header) => header.SequenceEqual(FileHeader()) || header.SequenceEqual(FileHeader(1));

    public static SegmentBlock Of(LoggedVersion version, ReadOnlySpan<byte> json) => new(json.Length, SegmentBlockKind.Version, version.Number, Crc32.HashToUInt32(json), 0, 0);

    /// <param name="rows">At least one.</param>
    public static SegmentBlock Of(ReadOnlySpan<byte> rows)
    {
        var rest = rows;
        var (count, first, last) = (0u, long.MaxValue, long.MinValue);
        while (PredictionRow.TryTake(ref rest, out var row))
            (count, first, last) = (count + 1, Math.Min(first, row.Milliseconds), Math.Max(last, row.Milliseconds));
        return new SegmentBlock(rows.Length, SegmentBlockKind.Predictions, count, Crc32.HashToUInt32(rows), first, last);
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Checksum);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], First);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Last);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], Crc32.HashToUInt32(target[..32]));
    }

    public static bool TryRead(ReadOnlySpan<byte> header, out SegmentBlock block)
    {
        block = default;
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header[32..]) != Crc32.HashToUInt32(header[..32]))
            return false;
        block = new SegmentBlock(
            BinaryPrimitives.ReadInt32LittleEndian(header), (SegmentBlockKind)BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[12..]), BinaryPrimitives.ReadInt64LittleEndian(header[16..]), BinaryPrimitives.ReadInt64LittleEndian(header[24..]));
        return block.Length is >= 0 and <= MostBytes;
    }
}
