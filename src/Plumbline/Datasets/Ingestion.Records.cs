using System.Security.Cryptography;
using System.Text;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>What happens to each record: cleaned, digested, given a split, appended.</summary>
internal sealed partial class Ingestion
{
    private void Take(RecordReader reader, ChunkAppender appender, SnapshotDigest digest)
    {
        var raw = reader.Field(_mapping.Text.Index);
        var label = FieldCleaning.ReplaceNul(FieldCleaning.Trim(reader.Field(_mapping.Label!.Index)));
        if (FieldCleaning.IsBlank(raw) || label.IsEmpty)
        {
            (label.IsEmpty && !FieldCleaning.IsBlank(raw) ? _noLabel : _noText).Add(reader.Row);
            return;
        }
        var text = FieldCleaning.ReplaceNul(raw);
        if (text.Length != raw.Length)
            _textsWithNul++;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        digest.AddText(hash);
        digest.AddString(label);
        appender.Set(0, text);
        appender.Set(1, label);
        var column = 2;
        if (_mapping.User is { } user)
            TakeString(reader, user, appender, digest, column++, SplitBy.User, hash);
        if (_mapping.Item is { } item)
            TakeString(reader, item, appender, digest, column++, SplitBy.Item, hash);
        var time = long.MinValue;
        if (_mapping.Time is { } times)
            time = TakeTime(reader, times, appender, digest, column++);
        for (var i = 0; i < _noNumber.Length; i++)
            TakeNumber(reader, i, appender, digest, column++);
        var number = _labels.Add(label);
        _labelOfRow.Add(number);
        var split = _splits.Add(SplitAssigner.Key(hash, _options.Split.Seed), number, GivenSplit(reader), time);
        appender.Set(column, Utf8Of(split));
        appender.EndRow();
    }

    /// <param name="key">Becomes the hash of the value where the split is by it.</param>
    private void TakeString(RecordReader reader, MappedColumn source, ChunkAppender appender, SnapshotDigest digest, int column, SplitBy group, Span<byte> key)
    {
        var value = FieldCleaning.ReplaceNul(FieldCleaning.Trim(reader.Field(source.Index)));
        if (value.IsEmpty)
        {
            digest.AddMissingString();
            appender.SetNull(column);
            return;
        }
        digest.AddString(value);
        appender.Set(column, value);
        if (_by == group)
            SHA256.HashData(value, key);
    }

    private long TakeTime(RecordReader reader, MappedColumn source, ChunkAppender appender, SnapshotDigest digest, int column)
    {
        var field = FieldCleaning.Trim(reader.Field(source.Index));
        if (TimeParser.TryParse(field, out var time))
        {
            appender.Set(column, time);
            digest.AddTime(time);
            return time;
        }
        if (!field.IsEmpty)
            _noTime.Add(reader.Row);
        appender.SetNull(column);
        digest.AddTime(long.MinValue);
        return long.MinValue;
    }

    private void TakeNumber(RecordReader reader, int input, ChunkAppender appender, SnapshotDigest digest, int column)
    {
        var field = FieldCleaning.Trim(reader.Field(_mapping.Numeric[input].Index));
        if (FieldCleaning.TryNumber(field, out var value))
        {
            appender.Set(column, value);
            digest.AddNumber(value);
            return;
        }
        if (!field.IsEmpty)
            _noNumber[input].Add(reader.Row);
        appender.SetNull(column);
        digest.AddNumber(null);
    }

    private Split GivenSplit(RecordReader reader)
    {
        if (_by != SplitBy.Column)
            return Split.Train;
        var value = FieldCleaning.Trim(reader.Field(_mapping.Split!.Index));
        return SplitNames.TryParse(value, out var split)
            ? split
            : throw reader.Error($"its {_mapping.Split.Name} is '{Quote(value)}', not train, valid or test. Correct it, or let the split be made: --split-by stratified");
    }

    private static string Quote(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value);
        return text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");
    }

    private static ReadOnlySpan<byte> Utf8Of(Split split) => split switch
    {
        Split.Train => "train"u8,
        Split.Valid => "valid"u8,
        _ => "test"u8,
    };
}
