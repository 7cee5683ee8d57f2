using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Preparation;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>Cleans and parses the fields of records, independently of each other. Thread-safe.</summary>
internal sealed class RecordParser(
    SourceReader source, SchemaMapping mapping, SplitBy by, PreparationOptions preparation, DuplicateFinder duplicates, DataProfiler profiler, Validation validation)
{
    /// <summary>Microseconds, as times are.</summary>
    private readonly long _before = preparation.Before is { } before ? (before - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : long.MaxValue;

    public ParsedBatch Parse(FieldBatch fields)
    {
        var parsed = new ParsedBatch(fields, mapping.Numeric.Count, duplicates.NewBatch(fields.Count)) { Findings = validation.Check(fields) };
        for (var record = 0; record < fields.Count; record++)
            parsed.Rejected[record] = Parse(fields, record, parsed);
        parsed.Facts = profiler.Profile(fields, parsed);
        return parsed;
    }

    private RejectReason? Parse(FieldBatch fields, int record, ParsedBatch parsed)
    {
        var text = fields.Field(mapping.Text.Index, record);
        if (FieldCleaning.IsBlank(text))
            return RejectReason.NoText;
        if (FieldCleaning.Trim(fields.Field(mapping.Label!.Index, record)).IsEmpty)
            return RejectReason.NoLabel;
        if (text.Contains((byte)0))
            text = parsed.Replaced[record] = FieldCleaning.ReplaceNul(text).ToArray();
        var characters = CountCharacters(text);
        if (characters < preparation.MinCharacters)
            return RejectReason.TooShort;
        if (characters > preparation.MaxCharacters)
            return RejectReason.TooLong;
        if (mapping.Time is { } time)
        {
            parsed.Times[record] = ParseTime(FieldCleaning.Trim(fields.Field(time.Index, record)), record, parsed);
            if (parsed.Times[record] == long.MinValue ? _before < long.MaxValue : parsed.Times[record] >= _before)
                return RejectReason.TooLate;
        }
        parsed.Characters[record] = characters;
        SHA256.HashData(text, MemoryMarshal.AsBytes(new Span<TextDigest>(ref parsed.Texts[record])));
        parsed.Fingerprints.Set(record, text, parsed.Texts[record]);
        if (mapping.LabelTime is { } labelTime)
            parsed.LabelTimes[record] = ParseTime(FieldCleaning.Trim(fields.Field(labelTime.Index, record)), record, parsed);
        for (var input = 0; input < mapping.Numeric.Count; input++)
            parsed.Numbers[(record * mapping.Numeric.Count) + input] = ParseNumber(FieldCleaning.Trim(fields.Field(mapping.Numeric[input].Index, record)), record, input, parsed);
        if (by == SplitBy.Column)
            parsed.Splits[record] = ParseSplit(fields, record);
        return null;
    }

    private static long ParseTime(ReadOnlySpan<byte> field, int record, ParsedBatch parsed)
    {
        if (TimeParser.TryParse(field, out var time, out var form))
        {
            parsed.TimeForms |= form;
            return time;
        }
        if (!field.IsEmpty)
            parsed.UnreadableTimes.Add(record);
        return long.MinValue;
    }

    private static double ParseNumber(ReadOnlySpan<byte> field, int record, int input, ParsedBatch parsed)
    {
        if (FieldCleaning.TryInput(field, out var value))
            return value;
        if (!field.IsEmpty)
            parsed.UnreadableNumbers.Add((record, input));
        return double.NaN;
    }

    private Split ParseSplit(FieldBatch fields, int record)
    {
        var field = FieldCleaning.Trim(fields.Field(mapping.Split!.Index, record));
        if (SplitNames.TryParse(field, out var split))
            return split;
        throw source.Error(fields.File, fields.Row(record), $"its {mapping.Split.Name} is '{FieldCleaning.Quote(field)}', not train, valid or test. Correct it, or let the split be made: --split-by stratified");
    }

    /// <summary>Unicode scalar values: all bytes of valid UTF-8 but those that continue one.</summary>
    internal static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var signed = MemoryMarshal.Cast<byte, sbyte>(utf8);
        var vectors = MemoryMarshal.Cast<sbyte, System.Numerics.Vector<sbyte>>(signed);
        var characters = utf8.Length;
        // Continuation bytes are those below −64 when signed; each lane of a comparison is −1 where it holds.
        foreach (var vector in vectors)
            characters += System.Numerics.Vector.Sum(System.Numerics.Vector.LessThan(vector, new System.Numerics.Vector<sbyte>(-64)));
        foreach (var value in signed[(vectors.Length * System.Numerics.Vector<sbyte>.Count)..])
            if (value < -64)
                characters--;
        return characters;
    }
}
