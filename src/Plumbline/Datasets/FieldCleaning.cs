using System.Globalization;

namespace Plumbline.Datasets;

/// <summary>What is done to the fields of every record, whether for a snapshot or a prediction.</summary>
internal static class FieldCleaning
{
    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(WhiteSpace);

    public static bool IsBlank(ReadOnlySpan<byte> field) => field.IndexOfAnyExcept(WhiteSpace) < 0;

    /// <summary>Each NUL as U+FFFD; <paramref name="field"/> itself where there is none.</summary>
    public static ReadOnlySpan<byte> ReplaceNul(ReadOnlySpan<byte> field)
    {
        var nuls = field.Count((byte)0);
        if (nuls == 0)
            return field;
        var replaced = new byte[field.Length + (2 * nuls)];
        var at = 0;
        foreach (var b in field)
            if (b == 0)
            {
                "\uFFFD"u8.CopyTo(replaced.AsSpan(at));
                at += 3;
            }
            else
            {
                replaced[at++] = b;
            }
        return replaced;
    }

    /// <summary>A label, a category or an id as it is kept: trimmed, without NUL; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> field) => ReplaceNul(Trim(field));

    /// <summary>False where the field is not a finite number.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> field, out double value) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>A numeric input: false where the field is no finite number, or one that binary32, in which features are computed, cannot hold.</summary>
    public static bool TryInput(ReadOnlySpan<byte> field, out double value) => TryNumber(field, out value) && float.IsFinite((float)value);

    /// <summary>As much of a value as an error message may show.</summary>
    public static string Quote(string value) => value.Length <= 40 ? value : string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[39]) ? 39 : 40), "…");

    /// <summary>Names of columns, as many as an error message may show.</summary>
    public static string QuoteAll(IEnumerable<string> names)
    {
        const int Shown = 40;
        var all = names.ToArray();
        var more = all.Length > Shown ? string.Create(CultureInfo.InvariantCulture, $" and {all.Length - Shown} more") : "";
        return string.Join(", ", all.Take(Shown).Select(name => $"'{Quote(name)}'")) + more;
    }

    public static string Quote(ReadOnlySpan<byte> value) => Quote(System.Text.Encoding.UTF8.GetString(value));
}
