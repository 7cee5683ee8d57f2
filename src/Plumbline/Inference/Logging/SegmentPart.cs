using System.Buffers;

namespace Plumbline.Inference.Logging;

/// <summary>Rows of a segment that are a segment of their own: with the versions that they refer to.</summary>
internal static class SegmentPart
{
    /// <param name="versions">Of the segment that the rows are of.</param>
    /// <param name="rows">Whole rows, at least one, together at most <see cref="SegmentBlock.MostBytes"/>.</param>
    public static byte[] Compose(IReadOnlyDictionary<uint, LoggedVersion> versions, ReadOnlySpan<byte> rows)
    {
        var part = new ArrayBufferWriter<byte>(SegmentBlock.FileHeaderBytes + SegmentBlock.HeaderBytes + rows.Length + 4096);
        part.Write(SegmentBlock.FileHeader());
        foreach (var number in VersionsOf(rows).Where(versions.ContainsKey))
        {
            var json = versions[number].ToJson();
            Write(part, SegmentBlock.Of(versions[number], json), json);
        }
        Write(part, SegmentBlock.Of(rows), rows);
        return part.WrittenSpan.ToArray();
    }

    private static SortedSet<uint> VersionsOf(ReadOnlySpan<byte> rows)
    {
        var numbers = new SortedSet<uint>();
        while (PredictionRow.TryTake(ref rows, out var row))
            numbers.Add(row.Version);
        return numbers;
    }

    private static void Write(ArrayBufferWriter<byte> part, SegmentBlock block, ReadOnlySpan<byte> body)
    {
        block.Write(part.GetSpan(SegmentBlock.HeaderBytes));
        part.Advance(SegmentBlock.HeaderBytes);
        part.Write(body);
    }
}
