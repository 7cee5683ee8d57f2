using FsCheck.Xunit;
using Plumbline.Features;
using Plumbline.Text;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Features;

public sealed class NgramVocabularyTests
{
    private static readonly FeatureOptions Options = FeatureOptions.Default with { Ngrams = new NgramOptions(1, 2, 3, 4) };

    [Property(MaxTest = 25)]
    public void Learn_AnyTexts_SameAsNaiveCounts(ushort seed, byte minDf, ushort maxFeatures)
    {
        var records = Batches.Random(seed, 120, 3);
        var options = Options with { MinDf = 1 + (minDf % 6), MaxFeatures = 1 + (maxFeatures % 700) };
        var vocabulary = Learn(records, options, batchSize: 17, threads: 2);
        vocabulary.Texts.ShouldBe(records.Length);
        vocabulary.Hashes.Zip(vocabulary.DocumentFrequencies).ShouldBe(Naive(records, options));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 50)]
    [InlineData(2, 7)]
    [InlineData(3, 50)]
    [InlineData(8, 1000)]
    public void Learn_AnyThreadsAndBatches_SameVocabulary(int threads, int batchSize)
    {
        var records = Batches.Random(4, 300, 3);
        var expected = Learn(records, Options, batchSize: 300, threads: 1);
        var actual = Learn(records, Options, batchSize, threads);
        actual.Hashes.ShouldBe(expected.Hashes);
        actual.DocumentFrequencies.ShouldBe(expected.DocumentFrequencies);
        actual.Texts.ShouldBe(expected.Texts);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(300)]
    [InlineData(40)]
    public void Learn_MoreDistinctThanOnePassMayHold_SameVocabulary(int mostDistinct)
    {
        var records = Batches.Random(5, 300, 3);
        foreach (var options in new[] { Options, Options with { MaxFeatures = 90 } })
        {
            var passes = 0;
            var expected = Learn(records, options, batchSize: 20, threads: 2);
            var actual = NgramVocabulary.Learn(
                () =>
                {
                    passes++;
                    return Batches.Of(20, records);
                },
                options, 2, CancellationToken.None, mostDistinct);
            passes.ShouldBeGreaterThan(2);
            actual.Hashes.ShouldBe(expected.Hashes);
            actual.DocumentFrequencies.ShouldBe(expected.DocumentFrequencies);
            actual.Texts.ShouldBe(expected.Texts);
        }
    }

    [Fact]
    public void Learn_NoTexts_Empty()
    {
        var vocabulary = Learn([], Options, 10, 2);
        vocabulary.Hashes.ShouldBeEmpty();
        vocabulary.Texts.ShouldBe(0);
    }

    private static NgramVocabulary Learn((string Text, int Label)[] records, FeatureOptions options, int batchSize, int threads) =>
        NgramVocabulary.Learn(() => Batches.Of(batchSize, records), options, threads, CancellationToken.None);

    private static IEnumerable<(ulong, int)> Naive((string Text, int Label)[] records, FeatureOptions options)
    {
        var frequencies = new Dictionary<ulong, int>();
        var hasher = new NgramHasher(options.Tokens, options.Ngrams);
        var buffer = new NgramBuffer();
        foreach (var (text, _) in records)
        {
            hasher.Hash(System.Text.Encoding.UTF8.GetBytes(text), buffer);
            foreach (var hash in buffer.Hashes.Take(buffer.Count).Distinct())
                frequencies[hash] = frequencies.GetValueOrDefault(hash) + 1;
        }
        return frequencies.Where(pair => pair.Value >= options.MinDf)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key)
            .Take(options.MaxFeatures).Select(pair => (pair.Key, pair.Value));
    }
}
