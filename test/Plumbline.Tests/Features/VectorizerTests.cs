using System.Text;
using FsCheck.Xunit;
using Plumbline.Features;
using Plumbline.Text;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Features;

public sealed unsafe class VectorizerTests
{
    private static readonly FeatureOptions Options = FeatureOptions.Default with
    {
        Ngrams = new NgramOptions(1, 2, 3, 3),
        Numeric = new NumericOptions(Keywords: ["Good"], Inputs: ["x", "y"]),
    };

    [Property(MaxTest = 300, Arbitrary = [typeof(MixedTexts)])]
    public void Vectorize_AnyText_SameAsNaiveDictionary(MixedText before, MixedText text)
    {
        var names = NaiveText.Ngrams(NaiveText.Tokens(text.Utf8), Options.Ngrams);
        // Every third n-gram is out of the vocabulary.
        var known = names.Distinct().Where((_, i) => i % 3 != 0).ToArray();
        var hashes = known.Select(name => HashOf(names.IndexOf(name), text.Utf8)).ToArray();
        var slots = Vocabulary.Build(hashes);
        var table = Enumerable.Range(0, 2 * Math.Max(1, known.Length)).Select(i => i % 2 == 0 ? 1 + (i % 5) : (i % 7 / 3f) - 1).ToArray();
        fixed (ulong* slot = slots)
        fixed (float* row = table)
        {
            var vectorizer = new Vectorizer(Options, new Vocabulary(slot, slots.Length), hasSentiment: true);
            var buffer = new FeatureBuffer();
            vectorizer.Vectorize(before.Utf8, [1, 2], new FeatureTable(row, 2), buffer);
            vectorizer.Vectorize(text.Utf8, [], new FeatureTable(row, 2), buffer);

            var counts = names.Where(known.Contains).GroupBy(name => name).Select(group => (Feature: Array.IndexOf(known, group.Key), Count: group.Count())).ToArray();
            Enumerable.Range(0, buffer.Count).Select(i => (buffer.Indices[i], buffer.Counts[i])).ShouldBe(counts);
            var weights = counts.Select(pair => 1 + Math.Log(pair.Count)).ToArray();
            var squares = counts.Select((pair, i) => Math.Pow(weights[i] * table[2 * pair.Feature], 2)).Sum();
            buffer.InverseNorm.ShouldBe(squares == 0 ? 0 : (float)(1 / Math.Sqrt(squares)), 1e-6);
            for (var i = 0; i < weights.Length; i++)
                buffer.TermWeights[i].ShouldBe((float)weights[i], 1e-6);
            var sentiment = weights.Length == 0 ? 0 : counts.Select((pair, i) => weights[i] * table[(2 * pair.Feature) + 1]).Sum() / weights.Sum();
            buffer.Numeric[vectorizer.SentimentIndex].ShouldBe((float)sentiment, 1e-5);
            buffer.Numeric[6].ShouldBe(Occurrences(text.Decoded.ToLowerInvariant(), "good"));
            buffer.Numeric[8..10].ShouldBe([float.NaN, float.NaN]);
        }
    }

    [Fact]
    public void NumericNames_AllKinds_InContractOrder()
    {
        var vectorizer = new Vectorizer(Options with { HashBits = 8 }, null, hasSentiment: true);
        vectorizer.NumericNames.ShouldBe([.. TextStatistics.Names, "Good_freq", "sentiment", "x", "y"]);
        vectorizer.NumericCount.ShouldBe(10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Vectorize_OtherNumberOfInputs_Refused(int inputs)
    {
        var vectorizer = new Vectorizer(Options with { HashBits = 8 }, null, hasSentiment: false);
        var table = new float[512];
        fixed (float* row = table)
        {
            var rows = new FeatureTable(row, 2);
            Should.Throw<ArgumentException>(() => vectorizer.Vectorize("text"u8, new float[inputs], rows, new FeatureBuffer()))
                .Message.ShouldContain($"{inputs} inputs");
        }
    }

    private static int Occurrences(string text, string word) => text.Split(word).Length - 1;

    private static ulong HashOf(int index, byte[] text)
    {
        var buffer = new NgramBuffer();
        new NgramHasher(Options.Tokens, Options.Ngrams).Hash(text, buffer);
        return buffer.Hashes[index];
    }
}
