using System.Globalization;
using System.Text;

namespace Plumbline.Text;

/// <summary>
/// The default tokeniser as one RE2 expression over lower-cased text: <c>[word characters]+|[single characters]</c>. It is made from
/// <see cref="CharacterClass"/> as explicit ranges, so that it means the same to engines with other Unicode tables.
/// </summary>
internal static class TokenExpression
{
    public static string Re2 { get; } = $"[{Ranges(CharacterClass.Word)}]+|[{Ranges(CharacterClass.Single)}]";

    /// <summary>Inclusive scalar ranges of a class, ascending.</summary>
    public static IEnumerable<(int First, int Last)> RangesOf(byte characterClass)
    {
        int? first = null;
        for (var value = 0; value <= 0x110000; value++)
        {
            var inside = value <= 0x10FFFF && Rune.IsValid(value) && CharacterClass.Of(new Rune(value)) == characterClass;
            if (inside)
                first ??= value;
            else if (first is { } start)
            {
                yield return (start, value - 1);
                first = null;
            }
        }
    }

    private static string Ranges(byte characterClass)
    {
        var builder = new StringBuilder();
        foreach (var (first, last) in RangesOf(characterClass))
        {
            builder.Append(CultureInfo.InvariantCulture, $"\\x{{{first:X}}}");
            if (last > first)
                builder.Append(CultureInfo.InvariantCulture, $"-\\x{{{last:X}}}");
        }
        return builder.ToString();
    }
}
