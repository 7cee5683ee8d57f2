using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Profiling;

/// <summary>The part of profiling that needs only the batch itself. Thread-safe.</summary>
/// <param name="types">Of all columns.</param>
/// <param name="text">The column of texts.</param>
/// <param name="time">The column of times that the parser reads; −1 for none.</param>
internal sealed class BatchProfiler(IReadOnlyList<FieldType> types, int text, int time)
{
    private const int RecentTimes = 256;

    /// <param name="parsed">What the parser made of the same batch, whose times are not read again; null where it did not run.</param>
    public BatchFacts Profile(FieldBatch fields, ParsedBatch? parsed)
    {
        var facts = new BatchFacts(fields.Count, types.Count);
        for (var column = 0; column < types.Count; column++)
        {
            if (column == text)
                ProfileTexts(fields, facts);
            else
                ProfileValues(fields, column, facts);
            if (types[column] is FieldType.Time)
                ReadTimes(fields, column, facts, column == time ? parsed : null);
            else if (types[column] is FieldType.Integer or FieldType.Number)
                ReadNumbers(fields, column, facts);
            else if (types[column] is FieldType.Boolean)
                CheckBooleans(fields, column, facts);
        }
        return facts;
    }

    private void ProfileTexts(FieldBatch fields, BatchFacts facts)
    {
        var start = text * facts.Rows;
        for (var record = 0; record < facts.Rows; record++)
        {
            var field = fields.Field(text, record);
            if (FieldCleaning.IsBlank(field))
            {
                facts.Lengths[start + record] = BatchFacts.Missing;
                continue;
            }
            var found = TextFacts.Of(field);
            facts.Lengths[start + record] = found.Characters;
            facts.Hashes[start + record] = XxHash3.HashToUInt64(field);
            facts.Words[record] = found.Words;
            facts.Scripts[found.Script]++;
            facts.Marks.Add(found.Marks);
        }
    }

    private static void ProfileValues(FieldBatch fields, int column, BatchFacts facts)
    {
        var start = column * facts.Rows;
        for (var record = 0; record < facts.Rows; record++)
        {
            var field = FieldCleaning.Trim(fields.Field(column, record));
            facts.Lengths[start + record] = field.IsEmpty ? BatchFacts.Missing : RecordParser.CountCharacters(field);
            facts.Hashes[start + record] = XxHash3.HashToUInt64(field);
        }
    }

    private void ReadNumbers(FieldBatch fields, int column, BatchFacts facts)
    {
        var fractions = types[column] == FieldType.Number;
        var numbers = facts.Numbers[column] = new double[facts.Rows];
        var lengths = facts.LengthsOf(column);
        for (var record = 0; record < numbers.Length; record++)
        {
            numbers[record] = double.NaN;
            if (lengths[record] == BatchFacts.Missing)
                continue;
            var field = FieldCleaning.Trim(fields.Field(column, record));
            // Most numbers are short and whole, and reading those as such is several times as fast.
            if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                numbers[record] = whole;
            else if (fractions && FieldCleaning.TryNumber(field, out var value))
                numbers[record] = value;
            else
                facts.Mistyped[column]++;
        }
    }

    private static void ReadTimes(FieldBatch fields, int column, BatchFacts facts, ParsedBatch? parsed)
    {
        var numbers = facts.Numbers[column] = new double[facts.Rows];
        var lengths = facts.LengthsOf(column);
        var hashes = facts.HashesOf(column);
        Span<(ulong Hash, double Time)> recent = stackalloc (ulong, double)[RecentTimes];
        recent.Clear();
        for (var record = 0; record < numbers.Length; record++)
        {
            numbers[record] = double.NaN;
            if (lengths[record] == BatchFacts.Missing)
                continue;
            ref var last = ref recent[(int)(hashes[record] % RecentTimes)];
            if (parsed is not null && parsed.Rejected[record] is null)
                last = (hashes[record], parsed.Times[record] == long.MinValue ? double.NaN : parsed.Times[record]);
            else if (last.Hash != hashes[record])
                last = (hashes[record], TimeParser.TryParse(FieldCleaning.Trim(fields.Field(column, record)), out var read, out _) ? read : double.NaN);
            numbers[record] = last.Time;
            if (double.IsNaN(last.Time))
                facts.Mistyped[column]++;
        }
    }

    private static void CheckBooleans(FieldBatch fields, int column, BatchFacts facts)
    {
        var lengths = facts.LengthsOf(column);
        for (var record = 0; record < lengths.Length; record++)
        {
            var field = FieldCleaning.Trim(fields.Field(column, record));
            if (lengths[record] != BatchFacts.Missing && !Ascii.EqualsIgnoreCase(field, "true"u8) && !Ascii.EqualsIgnoreCase(field, "false"u8)
                && !Ascii.EqualsIgnoreCase(field, "t"u8) && !Ascii.EqualsIgnoreCase(field, "f"u8))
                facts.Mistyped[column]++;
        }
    }
}
