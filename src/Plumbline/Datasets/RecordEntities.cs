using System.Buffers;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Datasets;

/// <summary>
/// User, item and time of each record of a batch, for predictions that look them up. Immutable once handed out; safe to read from several threads.
/// </summary>
public sealed class RecordEntities
{
    private readonly ArrayBufferWriter<byte> _ids = new();
    private readonly List<int> _ends = [];
    private readonly List<long> _times = [];

    internal RecordEntities()
    {
    }

    /// <summary>Times that stand there and cannot be read.</summary>
    public int UnreadableTimes { get; private set; }

    /// <summary>UTF-8; empty where the record names none.</summary>
    public ReadOnlySpan<byte> Id(int record, EntityKind kind)
    {
        var at = (2 * record) + (int)kind;
        return _ids.WrittenSpan[(at == 0 ? 0 : _ends[at - 1]).._ends[at]];
    }

    /// <summary>Microseconds since 1970 UTC; null where the record has none that can be read.</summary>
    public long? Time(int record) => _times[record] == EntityState.NoTime ? null : _times[record];

    /// <summary>Takes the fields of the next record, empty where the source has no such column.</summary>
    internal void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, ReadOnlySpan<byte> time)
    {
        AddId(user);
        AddId(item);
        time = FieldCleaning.Trim(time);
        var isRead = TimeParser.TryParse(time, out var microseconds, out _);
        _times.Add(isRead ? microseconds : EntityState.NoTime);
        if (!isRead && !time.IsEmpty)
            UnreadableTimes++;
    }

    private void AddId(ReadOnlySpan<byte> id)
    {
        _ids.Write(FieldCleaning.ReplaceNul(FieldCleaning.Trim(id)));
        _ends.Add(_ids.WrittenCount);
    }
}
