using System.Globalization;
using System.Text;

namespace Plumbline.Text;

/// <summary>What a byte of the lower-cased text is to the tokeniser.</summary>
internal static class CharacterClass
{
    /// <summary>Between tokens.</summary>
    public const byte None = 0;

    /// <summary>Part of a word: letters, marks, digits and underscore of scripts that put spaces between words.</summary>
    public const byte Word = 1;

    /// <summary>First byte of a character that is a token by itself.</summary>
    public const byte Single = 2;

    /// <summary>Any further byte of such a character.</summary>
    public const byte SingleTail = 3;

    /// <summary>
    /// Class of a lower-cased scalar: <see cref="Word"/>, <see cref="Single"/> or <see cref="None"/>. Characters of scripts written
    /// without spaces (Han, kana, Thai, Lao, Khmer, Burmese, Tibetan …) are single tokens, so that word 2-grams are their character
    /// 2-grams; so are ! ? ( ) and symbols such as emoji.
    /// </summary>
    public static byte Of(Rune rune)
    {
        var value = rune.Value;
        if (value < 0x80)
            return OfAscii((byte)value);
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber:
                // The variation selector that follows an emoji says how to draw it, not what it means.
                return value is 0xFE0E or 0xFE0F ? None : IsWrittenWithoutSpaces(value) ? Single : Word;
            case UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol:
                return value == 0xFFFD ? None : Single;
            default:
                return None;
        }
    }

    public static byte OfAscii(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value == '_' ? Word
        : value is (byte)'!' or (byte)'?' or (byte)'(' or (byte)')' ? Single
        : None;

    private static bool IsWrittenWithoutSpaces(int value) => value switch
    {
        < 0x0E00 => false,
        <= 0x0EFF => true, // Thai, Lao
        >= 0x0F00 and <= 0x0FFF => true, // Tibetan
        >= 0x1000 and <= 0x109F => true, // Burmese
        >= 0x1780 and <= 0x17FF => true, // Khmer
        >= 0x2E80 and <= 0x312F => true, // CJK radicals, kana, bopomofo
        >= 0x3190 and <= 0x4DBF => true,
        >= 0x4E00 and <= 0xA4CF => true, // Han, Yi
        >= 0xF900 and <= 0xFAFF => true,
        >= 0xFF66 and <= 0xFF9F => true, // half-width kana
        >= 0x1AFF0 and <= 0x1B16F => true,
        >= 0x20000 and <= 0x3FFFF => true,
        _ => false,
    };
}
