using System.Runtime.Intrinsics.X86;
using Plumbline.Text;

namespace Plumbline.Datasets.Aggregates;

/// <summary>
/// Aggregates of users and items as of the time of each record, from records of strictly smaller time and labels that arrived at a strictly
/// smaller time. A row without time has no values and counts for nobody; a row without entity has no values of that entity.
/// </summary>
internal static unsafe class AsOfAggregates
{
    private const int PrefetchRows = 24;
    private const int PrefetchStates = 12;

    /// <param name="wanted">Features in the order in which a row of the result holds them.</param>
    /// <returns>The same values whatever the order of rows of equal time; owned by the caller.</returns>
    /// <exception cref="ArgumentException">Spans differ in length, or an entity number is below -1.</exception>
    public static AsOfValues Compute(in AsOfRows rows, IReadOnlyList<EntityFeature> wanted)
    {
        rows.Validate();
        var values = new AsOfValues(rows.Count, wanted, CountEntities(rows.Users, nameof(rows.Users)), CountEntities(rows.Items, nameof(rows.Items)));
        using var records = new TimeOrder(rows.Times);
        using var labels = rows.LabelTimes.IsEmpty ? null : LabelOrder(rows);
        fixed (int* users = rows.Users, items = rows.Items, characters = rows.Characters)
        fixed (long* labelValues = rows.Labels)
        {
            var ofUsers = new Sweep(records, labels, users, characters, labelValues, values, EntityKind.User);
            var ofItems = new Sweep(records, labels, items, characters, labelValues, values, EntityKind.Item);
            // Each writes values and states of its own kind, so that the two do not meet.
            Parallel.Invoke(ofUsers.Run, ofItems.Run);
        }
        return values;
    }

    private static int CountEntities(ReadOnlySpan<int> numbers, string name)
    {
        var greatest = -1;
        foreach (var number in numbers)
        {
            if (number < -1)
                throw new ArgumentException($"{name} holds the entity number {number}; -1 stands for none.");
            greatest = Math.Max(greatest, number);
        }
        return greatest + 1;
    }

    private static TimeOrder LabelOrder(in AsOfRows rows)
    {
        using var arrivals = new NativeArray<long>(rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            var (time, arrival) = (rows.Times[row], rows.LabelTimes[row]);
            var isKnown = !rows.Labels.IsEmpty && rows.Labels[row] != LabelValue.None && time != EntityState.NoTime && arrival != EntityState.NoTime;
            arrivals.Start[row] = isKnown ? Math.Max(time, arrival) : EntityState.NoTime;
        }
        return new TimeOrder(arrivals.Span);
    }

    /// <summary>One pass over records and arriving labels in time order, for one kind of entity.</summary>
    private sealed class Sweep(
        TimeOrder records, TimeOrder? labels, int* entities, int* characters, long* labelValues, AsOfValues values, EntityKind kind)
    {
        private readonly EntityState* _states = values.StatesOf(kind).Start;
        private int _nextLabel;

        public void Run()
        {
            if (entities is null)
                return;
            // Positions in a row, and which of the finalised values belong there.
            var columns = values.ColumnsOf(kind);
            Span<double> finalised = stackalloc double[EntityState.ValueCount];
            for (var i = 0; i < records.Count; i++)
            {
                Prefetch(i);
                var (row, time) = (records.Row(i), records.Time(i));
                // Those of this very time may be in already: the state leaves them out.
                TakeLabels(time);
                if (entities[row] < 0)
                    continue;
                ref var state = ref _states[entities[row]];
                if (columns.Length > 0)
                {
                    EntityState.Finalise(state, time, finalised);
                    var target = values.RowStart(row);
                    foreach (var (column, aggregate) in columns)
                        target[column] = finalised[aggregate];
                }
                state.Observe(characters[row], time);
                if (labels is null && labelValues is not null && labelValues[row] != LabelValue.None)
                    state.ObserveLabel(labelValues[row], time);
            }
            TakeLabels(long.MaxValue);
        }

        private void TakeLabels(long upTo)
        {
            if (labels is null)
                return;
            for (; _nextLabel < labels.Count && labels.Time(_nextLabel) <= upTo; _nextLabel++)
            {
                var row = labels.Row(_nextLabel);
                if (entities[row] >= 0)
                    _states[entities[row]].ObserveLabel(labelValues[row], labels.Time(_nextLabel));
            }
        }

        /// <summary>Rows in order of time lie anywhere in memory; asked for ahead, they arrive while others are worked on.</summary>
        private void Prefetch(int i)
        {
            if (!Sse.IsSupported || i + PrefetchRows >= records.Count)
                return;
            var far = records.Row(i + PrefetchRows);
            Sse.Prefetch0(entities + far);
            Sse.Prefetch0(characters + far);
            Sse.Prefetch0(values.RowStart(far));
            if (labelValues is not null)
                Sse.Prefetch0(labelValues + far);
            var near = entities[records.Row(i + PrefetchStates)];
            if (near < 0)
                return;
            // A state may lie across two cache lines.
            Sse.Prefetch0(_states + near);
            Sse.Prefetch0((byte*)(_states + near + 1) - 1);
        }
    }
}
