using System.Text;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Bundles.Onnx;

/// <summary>Records made of a bundle's own vocabulary, and of what tokenisers get wrong: for a check where there is no data.</summary>
internal static class MadeUpRecords
{
    private const int MostWords = 60;

    private static readonly string[] Pieces =
    [
        "", " ", "\t\r\n", "\u00A0", "\u2003x", "!", "?!", "(a)", "_", "a_b", "3.14", "don't", "DON’T", "ÄÖÜ", "İstanbul", "ıI", "ẞß", "ǅ", "ΣΑΣ", "ЁЖ", "ΐ", "e\u0301", "İ", "K", "Å",
        "中文字", "ひらがなカタカナ", "ｶﾀｶﾅ", "ไทย", "한국어", "עברית", "العربية", "हिन्दी", "👍🏽", "👩‍👩‍👧", "❤\uFE0F", "🇩🇪", "𝐁𝐨𝐥𝐝", "𐐀", "Ⅷ", "½", "№", "\uFFFD", "\uFFFF", "\0", "a\0b", "\u200B", "\u00AD",
        "#tag", "@you", "http://a.b/c?d=e", "𞤀", "Ꭰ", "Ა", "ﬀ", "…", "—", "$5", "€", "A.B.C.", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    /// <summary>UTF-8 that is none: a byte that begins nothing, a character cut off, one too long, half a surrogate pair.</summary>
    private static readonly byte[][] Malformed = [[0xFF], [(byte)'a', 0xE4, 0xB8, (byte)'b'], [0xC0, 0x80], [0xED, 0xA0, 0x80, (byte)'c'], [0xF0, 0x9F, 0x91]];

    /// <summary>The same bundle gives the same records.</summary>
    public static RecordBatch Create(Bundle bundle, int rows)
    {
        var contract = bundle.Manifest.Contract;
        var random = new RandomSource(bundle.Manifest.Training.Seed);
        var words = (bundle.NgramNames() ?? []).Where(name => !name.StartsWith(NgramHasher.CharacterMark)).ToArray();
        var (texts, ends, inputs) = (new List<byte>(), new int[rows], new List<float>());
        var (categories, categoryEnds) = (new List<byte>(), new List<int>());
        for (var row = 0; row < rows; row++)
        {
            texts.AddRange(Text(row, words, random));
            ends[row] = texts.Count;
            inputs.AddRange(contract.Numeric.Where(feature => feature.Source != NumericFeatureSource.Text).Select(feature => Number(feature, random)));
            foreach (var feature in contract.Categorical)
            {
                categories.AddRange(Encoding.UTF8.GetBytes(Value(feature, random)));
                categoryEnds.Add(categories.Count);
            }
        }
        return new RecordBatch(
            [.. texts], ends, new int[rows], new long[rows], [.. inputs], inputs.Count / rows, [.. categories], [.. categoryEnds], contract.Categorical.Count);
    }

    /// <summary>Every piece by itself, then words of the vocabulary among pieces.</summary>
    private static byte[] Text(int row, string[] words, RandomSource random)
    {
        if (row < Pieces.Length)
            return Encoding.UTF8.GetBytes(Pieces[row]);
        if (row < Pieces.Length + Malformed.Length)
            return Malformed[row - Pieces.Length];
        var text = new List<byte>();
        for (var word = random.NextInt32(MostWords); word >= 0; word--)
        {
            var piece = words.Length > 0 && random.NextInt32(8) > 0 ? words[random.NextInt32(words.Length)] : Pieces[random.NextInt32(Pieces.Length)];
            text.AddRange(Encoding.UTF8.GetBytes(random.NextInt32(6) == 0 ? piece.ToUpperInvariant() : piece));
            if (random.NextInt32(64) == 0)
                text.AddRange(Malformed[random.NextInt32(Malformed.Length)]);
            text.Add((byte)(random.NextInt32(10) == 0 ? '.' : ' '));
        }
        return [.. text];
    }

    private static float Number(NumericFeature feature, RandomSource random) => random.NextInt32(10) switch
    {
        0 => float.NaN,
        1 => (float)(feature.Mean + (20 * random.NextGaussian() * feature.StandardDeviation)),
        _ => (float)(feature.Mean + (random.NextGaussian() * feature.StandardDeviation)),
    };

    /// <summary>A category, sometimes with white space around it, or none.</summary>
    private static string Value(CategoricalFeature feature, RandomSource random)
    {
        var value = random.NextInt32(10) switch
        {
            0 => "",
            1 => "no such category",
            _ => feature.Categories[random.NextInt32(feature.Categories.Count)],
        };
        return random.NextInt32(6) == 0 ? $" \t{value}\r\n" : value;
    }
}
