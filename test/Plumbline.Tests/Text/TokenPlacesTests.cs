using System.Text;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class TokenPlacesTests
{
    private static readonly string[] Pieces =
    [
        "Great", "isn't", "İSTANBUL", "Ⱥȿ", "Ünïcode", "😀", "漢字", "ОЧЕНЬ", "soooo", "42", "http://a.b/c?d", " ", ". ", "!", "-", "\n", "not", "ﬀ", "ǅ", "é", "’t",
    ];

    [Fact]
    public void Of_PlainTokens_TheTextThereIsTheTokenInLowerCase()
    {
        foreach (var text in Texts())
        {
            var (tokens, places) = Places(Encoding.UTF8.GetBytes(text), new TokenOptions());
            for (var token = 0; token < tokens.Count; token++)
            {
                var place = places[token];
                Lower(text[place.Start..place.End]).ShouldBe(Encoding.UTF8.GetString(tokens.Token(token)));
                Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(place.Utf8Start, place.Utf8End - place.Utf8Start)).ShouldBe(text[place.Start..place.End]);
            }
        }
    }

    [Fact]
    public void Of_RewrittenTokens_TheWholeWordThatWasThere()
    {
        const string Text = "Ⱥ I DON'T see 1234 sooooo much at www.x.org/y, sorry";
        var (tokens, places) = Places(Encoding.UTF8.GetBytes(Text), new TokenOptions(true, true, true, true, true));
        var found = Enumerable.Range(0, tokens.Count).Select(token => (Encoding.UTF8.GetString(tokens.Token(token)), Text[places[token].Start..places[token].End])).ToArray();
        found.ShouldBe(
        [
            ("ⱥ", "Ⱥ"), ("i", "I"), ("do", "DON'T"), ("not", "DON'T"), ("not_see", "see"), ("not_0", "1234"), ("not_soo", "sooooo"), ("not_much", "much"), ("not_at", "at"),
            ("url", "www.x.org/y,"), ("not_sorry", "sorry"),
        ]);
    }

    [Fact]
    public void Of_AnyOptionsAndText_PlacesAreInOrderAndHoldCharacters()
    {
        foreach (var text in Texts())
        {
            var (tokens, places) = Places(Encoding.UTF8.GetBytes(text), new TokenOptions(true, true, true, true, true));
            places.Length.ShouldBe(tokens.Count);
            for (var token = 0; token < places.Length; token++)
            {
                places[token].End.ShouldBeInRange(places[token].Start + 1, text.Length);
                if (token > 0 && places[token] != places[token - 1])
                    places[token].Start.ShouldBeGreaterThanOrEqualTo(places[token - 1].End);
            }
        }
    }

    [Fact]
    public void Of_MalformedUtf8_CountsAsDotNetDecodesIt()
    {
        byte[] text = [.. "a "u8, 0xFF, 0xE6, 0xBC, .. " word"u8];
        var (tokens, places) = Places(text, new TokenOptions());
        tokens.Count.ShouldBe(2);
        Encoding.UTF8.GetString(text)[places[1].Start..places[1].End].ShouldBe("word");
    }

    private static (TokenBuffer Tokens, TextPlace[] Places) Places(byte[] text, TokenOptions options)
    {
        var tokens = new TokenBuffer { Origins = [] };
        new Tokenizer(options).Tokenize(text, tokens);
        return (tokens, TokenPlaces.Of(text, tokens));
    }

    private static IEnumerable<string> Texts()
    {
        var random = new RandomSource(5);
        return Enumerable.Range(0, 200).Select(_ => string.Concat(Enumerable.Range(0, random.NextInt32(30)).Select(_ => Pieces[random.NextInt32(Pieces.Length)])));
    }

    private static string Lower(string text) => string.Concat(text.EnumerateRunes().Select(Rune.ToLowerInvariant));
}
