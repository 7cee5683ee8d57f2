using System.Buffers.Binary;

namespace Plumbline.Datasets.Aggregates;

/// <summary>
/// What is kept of a user or item: integer counts and sums, so that the order of events does not matter. What happened at the latest time
/// is kept apart too, because a record sees only strictly earlier ones: as of that very time it is taken off again, so that records of
/// one time (dates without a clock) never see each other, offline or online. Default is an entity without history.
/// </summary>
public struct EntityState : IEquatable<EntityState>
{
    /// <summary>Stands for a time that is absent.</summary>
    public const long NoTime = long.MinValue;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public const int Size = 72;

    /// <summary>Values that <see cref="Finalise"/> writes: one for each <see cref="EntityAggregate"/>.</summary>
    public const int ValueCount = 4;

    private const double MicrosecondsPerDay = 86_400e6;

    /// <summary>Records; those at <see cref="LastTime"/> among them.</summary>
    public int Records { get; private set; }

    public int RecordsAtLast { get; private set; }

    /// <summary>Sum of the lengths of texts in characters.</summary>
    public long Characters { get; private set; }

    public long CharactersAtLast { get; private set; }

    /// <summary>Greatest time of a record, in microseconds since 1970 UTC; meaningless without a record.</summary>
    public long LastTime { get; private set; }

    /// <summary>Greatest time of a record below <see cref="LastTime"/>; meaningless where all records are at <see cref="LastTime"/>.</summary>
    public long PreviousTime { get; private set; }

    /// <summary>Labels; those that arrived at <see cref="LastLabelTime"/> among them.</summary>
    public int Labels { get; private set; }

    public int LabelsAtLast { get; private set; }

    /// <summary>Sum of the labels in millionths (<see cref="LabelValue"/>).</summary>
    public long LabelSum { get; private set; }

    public long LabelSumAtLast { get; private set; }

    /// <summary>Greatest time at which a label arrived; meaningless without a label.</summary>
    public long LastLabelTime { get; private set; }

    /// <summary>Counts a record. In any order of times.</summary>
    /// <exception cref="OverflowException">More than 2^31 - 1 records.</exception>
    public void Observe(int characters, long time)
    {
        if (Records == 0 || time > LastTime)
        {
            // 0 where there was none before, so that equal histories have equal bytes.
            PreviousTime = Records == 0 ? 0 : LastTime;
            (LastTime, RecordsAtLast, CharactersAtLast) = (time, 1, characters);
        }
        else if (time == LastTime)
        {
            RecordsAtLast++;
            CharactersAtLast += characters;
        }
        else
        {
            PreviousTime = Records == RecordsAtLast ? time : Math.Max(PreviousTime, time);
        }
        Records = checked(Records + 1);
        Characters += characters;
    }

    /// <summary>Counts a label. In any order of times.</summary>
    /// <param name="value">In millionths.</param>
    /// <param name="time">When the label became known, never before its record.</param>
    /// <exception cref="OverflowException">The sum leaves 64 bits, or more than 2^31 - 1 labels.</exception>
    public void ObserveLabel(long value, long time)
    {
        var sum = checked(LabelSum + value);
        if (Labels == 0 || time > LastLabelTime)
        {
            (LastLabelTime, LabelsAtLast, LabelSumAtLast) = (time, 1, value);
        }
        else if (time == LastLabelTime)
        {
            LabelsAtLast++;
            LabelSumAtLast += value;
        }
        Labels = checked(Labels + 1);
        LabelSum = sum;
    }

    /// <summary>
    /// The one function that turns a state into feature values, offline and online: from what happened strictly before
    /// <paramref name="asOf"/>. NaN stands for missing. Exact as long as at most one distinct time of this entity lies at or after
    /// <paramref name="asOf"/>; of a question further back than that, only what happened at the latest time can be left out.
    /// </summary>
    /// <param name="values">At least <see cref="ValueCount"/>, in the order of <see cref="EntityAggregate"/>.</param>
    public static void Finalise(in EntityState state, long asOf, Span<double> values)
    {
        var (records, characters, last) = (state.Records, state.Characters, state.LastTime);
        if (last >= asOf)
            (records, characters, last) = (records - state.RecordsAtLast, characters - state.CharactersAtLast, state.PreviousTime);
        var (labels, labelSum) = (state.Labels, state.LabelSum);
        if (state.LastLabelTime >= asOf)
            (labels, labelSum) = (labels - state.LabelsAtLast, labelSum - state.LabelSumAtLast);
        values[(int)EntityAggregate.DaysSinceLast] = records == 0 || last >= asOf ? double.NaN : ((double)asOf - last) / MicrosecondsPerDay;
        values[(int)EntityAggregate.AverageLength] = records == 0 ? double.NaN : (double)characters / records;
        values[(int)EntityAggregate.ReviewCount] = records;
        values[(int)EntityAggregate.MeanLabel] = labels == 0 ? double.NaN : labelSum / ((double)LabelValue.Scale * labels);
    }

    /// <summary>Writes <see cref="Size"/> bytes, little-endian, in the order of docs/specs/feature-store.md.</summary>
    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Records);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], RecordsAtLast);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Characters);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], CharactersAtLast);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], LastTime);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], PreviousTime);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[40..], Labels);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[44..], LabelsAtLast);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], LabelSum);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], LabelSumAtLast);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[64..], LastLabelTime);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static EntityState Read(ReadOnlySpan<byte> bytes) => new()
    {
        Records = BinaryPrimitives.ReadInt32LittleEndian(bytes),
        RecordsAtLast = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
        Characters = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        CharactersAtLast = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        LastTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
        PreviousTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
        Labels = BinaryPrimitives.ReadInt32LittleEndian(bytes[40..]),
        LabelsAtLast = BinaryPrimitives.ReadInt32LittleEndian(bytes[44..]),
        LabelSum = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
        LabelSumAtLast = BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
        LastLabelTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]),
    };

    public static bool operator ==(in EntityState left, in EntityState right) => left.Equals(right);

    public static bool operator !=(in EntityState left, in EntityState right) => !left.Equals(right);

    public readonly bool Equals(EntityState other)
    {
        Span<byte> mine = stackalloc byte[Size], others = stackalloc byte[Size];
        Write(mine);
        other.Write(others);
        return mine.SequenceEqual(others);
    }

    public override readonly bool Equals(object? obj) => obj is EntityState other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Records, Characters, LastTime, Labels, LabelSum);
}
