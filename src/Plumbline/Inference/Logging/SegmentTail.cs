using System.Buffers;
using System.Globalization;

namespace Plumbline.Inference.Logging;

/// <summary>What a segment got since the last look, while it is written. Not thread-safe.</summary>
internal sealed class SegmentTail : IDisposable
{
    /// <summary>With the one block that may be beyond it, less than a block may have.</summary>
    private const int MostBytes = SegmentBlock.MostBytes / 2;

    private readonly SegmentReader _reader;
    private int _parts;

    private SegmentTail(string path, SegmentReader reader) => (Path, _reader) = (path, reader);

    public string Path { get; }

    /// <returns>Null where it is not there any more.</returns>
    public static SegmentTail? TryOpen(string path) => SegmentReader.TryOpen(path) is { } reader ? new SegmentTail(path, reader) : null;

    /// <summary>Some of what comes next, as segments of their own, one an hour of ids; none where there is nothing new.</summary>
    /// <param name="length">Bytes of the segment that are durable.</param>
    public IReadOnlyList<(long Hour, string Name, byte[] Bytes)> Take(long length)
    {
        var (hours, taken) = (new SortedDictionary<long, ArrayBufferWriter<byte>>(), 0);
        while (_reader.Position < length && taken < MostBytes && _reader.Next())
        {
            var rows = _reader.Rows;
            taken += rows.Length;
            while (PredictionRow.TryTake(ref rows, out var row))
            {
                var hour = PredictionFolder.HourOf(row.Milliseconds);
                if (!hours.TryGetValue(hour, out var ofHour))
                    hours[hour] = ofHour = new ArrayBufferWriter<byte>();
                ofHour.Write(row.Whole);
            }
        }
        if (hours.Count == 0)
            return [];
        var name = string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileNameWithoutExtension(Path)}.{_parts++:d6}{PredictionFolder.SegmentSuffix}");
        return [.. hours.Select(one => (one.Key, name, SegmentPart.Compose(_reader.Versions, one.Value.WrittenSpan)))];
    }

    public void Dispose() => _reader.Dispose();
}
