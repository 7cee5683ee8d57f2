using System.Globalization;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;
using Plumbline.Text;

namespace Plumbline.Datasets;

/// <summary>Aggregates as of time, over all records but repeated ones: what balancing leaves out did happen.</summary>
internal sealed partial class Ingestion
{
    private AsOfValues? _aggregates;

    private void CheckAggregates()
    {
        foreach (var feature in _options.Aggregates)
        {
            var (column, option) = feature.Kind == EntityKind.User ? (_mapping.User, "user") : (_mapping.Item, "item");
            if (column is null || _mapping.Time is null)
                throw new DatasetException($"{_source.Name}: the aggregate '{feature.Name}' needs a column of {option}s and one of times. Name them (data.{option}, data.time), or leave it out of data.aggregates");
        }
    }

    private void Aggregate()
    {
        if (_options.Aggregates.Count == 0)
            return;
        using var times = new NativeArray<long>(_rows.Count);
        using var labels = new NativeArray<long>(_rows.Count);
        var values = LabelValues();
        for (var i = 0; i < _rows.Count; i++)
        {
            times.Span[i] = _rows.Fates[i] is RowFate.Kept or RowFate.Balanced ? _rows.Times[i] : EntityState.NoTime;
            labels.Span[i] = values[_rows.Labels[i]];
        }
        _aggregates = AsOfAggregates.Compute(
            new AsOfRows { Times = times.Span, Characters = _rows.Characters.Span, Users = _rows.Users.Span, Items = _rows.Items.Span, Labels = labels.Span, LabelTimes = _rows.LabelTimes.Span },
            _options.Aggregates);
    }

    /// <summary>The value of each label, by its number: its own where all are numbers, 0 and 1 where there are two.</summary>
    private long[] LabelValues()
    {
        var labels = _labels.Labels;
        var order = OrderLabels();
        var numbers = labels.Select(label => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN).ToArray();
        if (numbers.All(number => LabelValue.TryToFixed(number, out _)))
            return [.. numbers.Select(LabelValue.ToFixed)];
        if (labels.Count == 2)
            return [.. order.Select(position => position * LabelValue.Scale)];
        if (_options.Aggregates.FirstOrDefault(feature => feature.Aggregate == EntityAggregate.MeanLabel) is { Aggregate: EntityAggregate.MeanLabel } feature)
            throw new DatasetException($"{_source.Name}: the aggregate '{feature.Name}' needs labels that are numbers, or two of them; '{_mapping.Label!.Name}' has {labels.Count}, such as '{FieldCleaning.Quote(labels[0])}'. Leave it out of data.aggregates");
        return [.. labels.Select(_ => LabelValue.None)];
    }

    private SnapshotFile? WriteEntities()
    {
        if (_aggregates is null)
            return null;
        var kinds = new List<(EntityKind, EntityIndex, AsOfValues)>();
        if (_users is not null)
            kinds.Add((EntityKind.User, _users, _aggregates));
        if (_items is not null)
            kinds.Add((EntityKind.Item, _items, _aggregates));
        return EntityStates.Write(_folder!.Path, [.. kinds]);
    }
}
