using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Plumbline.Tests.Text;

/// <summary>UTF-8 of many scripts, now and then malformed.</summary>
public sealed record MixedText(byte[] Utf8)
{
    public string Decoded => Encoding.UTF8.GetString(Utf8);

    public override string ToString() => $"{Convert.ToHexString(Utf8)} '{Decoded}'";
}

public static class MixedTexts
{
    private static readonly string[] Pieces =
    [
        "a", "Z", "word", "UPPER", "x_1", "42", " ", "  ", "\t", "\n", ".", ",", "!", "?", "(", ")", "'", "-", "don't", "not", "www.a.b", "http://q ",
        "é", "ß", "ẞ", "İ", "ı", "K", "Å", "Ⱥ", "ǅ", "ñ", "e\u0301", "\u0301", "Привет", "Ё", "ΣΊΣΥΦΟΣ", "ώ", "مرحبا", "٣٤", "שָׁלוֹם", "हिन्दी", "৪",
        "สวัสดี", "ລາວ", "ខ្មែរ", "မြန်", "བོད", "漢字", "かな", "カナ", "ｶﾅ", "한국어", "Ⅷ", "½", "²", "𝔘", "𐐀", "𠀀", "😀", "👍🏽", "👩‍👩‍👧", "❤️", "🇩🇪",
        "©", "¨", "^", "`", "€", "\u00A0", "\u3000", "\u200D", "\uFEFF", "\uFFFD", "\0",
    ];

    private static readonly byte[][] Malformed =
        [[0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]];

    public static Arbitrary<MixedText> Arbitrary()
    {
        var piece = Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes);
        // Runs of plain letters move what follows to every offset within a block.
        var run = Gen.Choose(1, 40).Select(length => Encoding.UTF8.GetBytes(new string('q', length)));
        var part = Gen.Frequency((12, piece), (2, run), (1, Gen.Elements(Malformed)));
        return Arb.From(
            Gen.ArrayOf(part).Select(parts => new MixedText([.. parts.SelectMany(bytes => bytes)])),
            text => Enumerable.Range(0, text.Utf8.Length).Select(cut => new MixedText([.. text.Utf8.Where((_, i) => i != cut)])));
    }
}
