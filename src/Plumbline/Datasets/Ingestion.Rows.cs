using System.Runtime.InteropServices;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets;

/// <summary>The second pass: rows that were kept, digested and written.</summary>
internal sealed partial class Ingestion
{
    private const int ProgressRows = 1 << 14;

    /// <returns>The snapshot's digest.</returns>
    private string WriteRows(int[] order, IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        using var digest = new SnapshotDigest(_columns);
        var labels = _labels.Labels.Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        var kept = new Text.NativeList<Split>(_rows.Count);
        for (var i = 0; i < _rows.Count; i++)
        {
            var text = _spool.Read(_rows.Bytes[i]);
            LookAt(i, text);
            if (_rows.Fates[i] != RowFate.Kept)
                continue;
            WriteRow(i, text, labels[_rows.Labels[i]], digest);
            kept.Add(_rows.Splits[i]);
            _writer!.EndRow(text.Length, stop);
            if (i % ProgressRows == 0)
            {
                stop.ThrowIfCancellationRequested();
                progress?.Report(new IngestProgress("write", i, i, _rows.Count));
            }
        }
        progress?.Report(new IngestProgress("write", _rows.Count, _rows.Count, _rows.Count));
        return digest.Finish(kept.Span);
    }

    private void WriteRow(int i, ReadOnlySpan<byte> text, byte[] label, SnapshotDigest digest)
    {
        var row = _writer!.Row;
        row.Set(0, text);
        digest.AddText(MemoryMarshal.AsBytes(new ReadOnlySpan<TextDigest>(in _rows.Texts[i])));
        row.Set(1, label);
        digest.AddString(label);
        row.Set(2, Utf8Of(_rows.Splits[i]));
        var column = 3;
        if (_users is not null)
            WriteId(column++, _users, _rows.Users[i], digest);
        if (_items is not null)
            WriteId(column++, _items, _rows.Items[i], digest);
        if (_mapping.Time is not null)
            WriteTime(column++, _rows.Times[i], digest);
        foreach (var value in _rows.Numbers.Span.Slice(i * _noNumber.Length, _noNumber.Length))
            WriteNumber(column++, value, digest);
        for (var input = 0; input < _categories.Length; input++)
            WriteId(column++, _categories[input], _rows.Categories[(i * _categories.Length) + input], digest);
        if (_aggregates is not null)
            foreach (var value in _aggregates.Row(i))
                WriteNumber(column++, value, digest);
        if (_options.Preparation.Balance.Method == BalanceMethod.Oversample)
        {
            row.Set(column, (long)_rows.Copies[i]);
            digest.AddCount(_rows.Copies[i]);
        }
    }

    private void WriteId(int column, EntityIndex entities, int number, SnapshotDigest digest)
    {
        if (number < 0)
        {
            _writer!.Row.SetNull(column);
            digest.AddMissingString();
            return;
        }
        _writer!.Row.Set(column, entities.Id(number));
        digest.AddString(entities.Id(number));
    }

    private void WriteTime(int column, long time, SnapshotDigest digest)
    {
        if (time == long.MinValue)
            _writer!.Row.SetNull(column);
        else
            _writer!.Row.Set(column, time);
        digest.AddTime(time);
    }

    private void WriteNumber(int column, double value, SnapshotDigest digest)
    {
        if (double.IsNaN(value))
            _writer!.Row.SetNull(column);
        else
            _writer!.Row.Set(column, value);
        digest.AddNumber(double.IsNaN(value) ? null : value);
    }

    private static ReadOnlySpan<byte> Utf8Of(Split split) => split switch
    {
        Split.Train => "train"u8,
        Split.Valid => "valid"u8,
        _ => "test"u8,
    };
}
