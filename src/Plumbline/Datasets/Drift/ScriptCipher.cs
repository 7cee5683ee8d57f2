using System.Buffers;
using System.Text;

namespace Plumbline.Datasets.Drift;

/// <summary>
/// Writes Latin letters as Cyrillic ones and the other way round, one for one: to a model the text is of a language that it never saw, and to a script detector
/// of another script, while who knows the cipher can read it. It is no translation.
/// </summary>
internal static class ScriptCipher
{
    private const string Latin = "abcdefghijklmnopqrstuvwxyz";
    private const string Cyrillic = "абцдефгхийклмнопщрстувшжыз";
    private const int Table = 0x460;

    private static readonly char[] Other = Build();

    public static void Write(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var bytes);
            var target = output.GetSpan(4);
            if (rune.Value < Table && Other[rune.Value] != 0)
                output.Advance(new Rune(Other[rune.Value]).EncodeToUtf8(target));
            else
                output.Write(text[..bytes]);
            text = text[bytes..];
        }
    }

    private static char[] Build()
    {
        var other = new char[Table];
        for (var i = 0; i < Latin.Length; i++)
            foreach (var (latin, cyrillic) in new[] { (Latin[i], Cyrillic[i]), (char.ToUpperInvariant(Latin[i]), char.ToUpperInvariant(Cyrillic[i])) })
            {
                other[latin] = cyrillic;
                other[cyrillic] = latin;
            }
        return other;
    }
}
