using FsCheck.Xunit;
using Plumbline.Datasets.Duplicates;
using Plumbline.Statistics;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Datasets.Duplicates;

public sealed class TextFingerprinterTests
{
    [Theory]
    [InlineData("Great product!", "great   PRODUCT")]
    [InlineData("Don't buy (ever)", "don t\tbuy… ever?!")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("ÄRGER, Straße", "ärger straße")]
    [InlineData("今天天气", "今天，天气！")]
    [InlineData("one,two", "one two")]
    public void Identify_SameButForCaseSpacePunctuation_Equal(string a, string b) => Identity(a).ShouldBe(Identity(b));

    [Theory]
    [InlineData("a b", "b a")]
    [InlineData("great", "great great")]
    [InlineData("good 😀", "good 😡")]
    [InlineData("ab", "a b")]
    [InlineData("!!!", "???")]
    [InlineData("...", "....")]
    [InlineData("10", "11")]
    public void Identify_OtherWords_Differ(string a, string b) => Identity(a).ShouldNotBe(Identity(b));

    [Property(Arbitrary = [typeof(MixedTexts)], MaxTest = 300)]
    public void Identify_AnyTwoTexts_EqualExactlyWhereTheirWordsAre(MixedText a, MixedText b)
    {
        var (first, second) = (a.Decoded, b.Decoded);
        var (words, others) = (NaiveShingles.Words(first), NaiveShingles.Words(second));
        var isEqual = words.Count + others.Count == 0 ? first == second : words.SequenceEqual(others);
        (Identity(first) == Identity(second)).ShouldBe(isEqual);
        if (words.Count > 0)
            Identity(string.Join("\n.", words)).ShouldBe(Identity(first));
    }

    [Property(Arbitrary = [typeof(MixedTexts)], MaxTest = 300)]
    public void Sign_AnyText_HasKeysExactlyWhereItHasShingles(MixedText text) =>
        NaiveShingles.Fingerprint(text.Decoded).Keys.Count(key => key != 0).ShouldBe(NaiveShingles.Of(text.Decoded).Count == 0 ? 0 : MinHash.Bands);

    /// <summary>Over pairs of every similarity the estimate is right on average and mostly within three standard errors.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(120)]
    [InlineData(1500)]
    public void Sign_PairsOfAllSimilarities_EstimateIsTheJaccard(int words)
    {
        var random = new RandomSource((ulong)words);
        var errors = new List<double>();
        for (var pair = 0; pair < 300; pair++)
        {
            var text = RandomTexts.Text(random, words);
            var other = RandomTexts.Edit(random, text, pair % 30 * words / 120);
            var estimate = Signature.Similarity(Signature.Matches(NaiveShingles.Fingerprint(text).Signature, NaiveShingles.Fingerprint(other).Signature));
            errors.Add(estimate - NaiveShingles.Jaccard(text, other));
        }
        Math.Abs(errors.Average()).ShouldBeLessThan(0.015);
        Math.Sqrt(errors.Average(error => error * error)).ShouldBeLessThan(0.07);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(1.0)]
    public void MatchesFor_Similarity_IsTheLeastThatReachesIt(double similarity)
    {
        var matches = Signature.MatchesFor(similarity);
        Signature.Similarity(matches).ShouldBeGreaterThanOrEqualTo(similarity - 1e-9);
        Signature.Similarity(matches - 1).ShouldBeLessThan(similarity);
    }

    /// <summary>Another program may compute these: a change is one of docs/specs/duplicates.md.</summary>
    [Fact]
    public void Identify_KnownText_AsSpecified() => Identity("Great product!").ToString("x32").ShouldBe("b5d2f1a02a24f0c69f40b9f70fdb1c33");

    private static UInt128 Identity(string text) => NaiveShingles.Fingerprint(text).Identity;
}
