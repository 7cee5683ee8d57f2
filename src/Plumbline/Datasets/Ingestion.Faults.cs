using System.Globalization;
using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Expectations;
using Plumbline.Text;

namespace Plumbline.Datasets;

/// <summary>Records that expectations of repeated texts fail on, put into the quarantine while their texts are read for the last time.</summary>
internal sealed partial class Ingestion
{
    private NativeArray<TextFaults>? _faults;

    private void MarkFaults(DuplicateSummary summary)
    {
        var failed = _validation.FailedOf(TextCounts.Of(_findings!, _rows));
        if (failed == TextFaults.None)
            return;
        _faults = new NativeArray<TextFaults>(_rows.Count);
        summary.Mark(failed, _faults.Span);
    }

    /// <summary>All that the second pass does with a text, whether or not it is written.</summary>
    private void LookAt(int record, ReadOnlySpan<byte> text)
    {
        _profiler.Read(record, text);
        if (_faults is null || _faults.Span[record] is not (not TextFaults.None and var faults))
            return;
        var (file, row) = _rows.OriginOf(record);
        _validation.LeaveOut(file, row, faults, text, Fields(record, text));
    }

    /// <summary>By column of the source, as far as they are remembered: as a snapshot has them. Null where empty, or not used.</summary>
    private byte[]?[] Fields(int record, ReadOnlySpan<byte> text)
    {
        var fields = new byte[]?[_source.Columns.Count];
        fields[_mapping.Text.Index] = text.ToArray();
        fields[_mapping.Label!.Index] = Encoding.UTF8.GetBytes(_labels.Labels[_rows.Labels[record]]);
        if (_mapping.User is { } user && _rows.Users[record] is >= 0 and var userNumber)
            fields[user.Index] = _users!.Id(userNumber).ToArray();
        if (_mapping.Item is { } item && _rows.Items[record] is >= 0 and var itemNumber)
            fields[item.Index] = _items!.Id(itemNumber).ToArray();
        if (_mapping.Time is { } time)
            fields[time.Index] = TimeField(_rows.Times[record]);
        if (_mapping.LabelTime is { } labelTime)
            fields[labelTime.Index] = TimeField(_rows.LabelTimes[record]);
        for (var input = 0; input < _noNumber.Length; input++)
            if (_rows.Numbers[(record * _noNumber.Length) + input] is var number && !double.IsNaN(number))
                fields[_mapping.Numeric[input].Index] = Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
        for (var input = 0; input < _categories.Length; input++)
            if (_rows.Categories[(record * _categories.Length) + input] is >= 0 and var category)
                fields[_mapping.Categorical[input].Index] = _categories[input].Id(category).ToArray();
        if (_mapping.Split is { } split)
            fields[split.Index] = Utf8Of(_rows.Splits[record]).ToArray();
        return fields;
    }

    private static byte[]? TimeField(long time) => time == EntityState.NoTime
        ? null
        : Encoding.UTF8.GetBytes(DateTime.UnixEpoch.AddMicroseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
}
