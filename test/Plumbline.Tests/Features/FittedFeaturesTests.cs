using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Text;
using Plumbline.Tests.Text;

namespace Plumbline.Tests.Features;

public sealed class FittedFeaturesTests
{
    private const int Classes = 3;
    private const int Sentiment = 6;
    private static readonly FeatureOptions Options = FeatureOptions.Default with { MinDf = 1 };

    [Property(MaxTest = 20)]
    public void Learn_AnyTexts_SameAsNaiveTfIdf(ushort seed, bool sublinear)
    {
        var records = Batches.Random(seed, 80, Classes);
        var options = Options with { SublinearTf = sublinear, MinDf = 1 + (seed % 3) };
        using var features = Learn(records, options, out var matrix);
        var names = features.Names(Batches.Of(9, records));
        var naive = NaiveTfIdf(records, options);
        names.ShouldAllBe(name => name != null);
        names.ToHashSet().ShouldBe(naive.SelectMany(row => row.Keys).ToHashSet()!, ignoreOrder: true);
        foreach (var (row, entries) in Rows(matrix))
        {
            var values = entries.Where(entry => entry.Index < features.NgramCount).ToDictionary(entry => names[entry.Index]!, entry => entry.Value);
            values.Count.ShouldBe(naive[row].Count);
            foreach (var (name, value) in naive[row])
                values[name].ShouldBe((float)value, 1e-6);
        }
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(3, null)]
    [InlineData(2, 8)]
    public void Learn_SeveralThreads_SameMatrixAsOne(int threads, int? hashBits)
    {
        var records = Batches.Random(8, 500, Classes);
        var options = Options with { HashBits = hashBits };
        using var one = Learn(records, options, out var first);
        using var several = Learn(records, options, out var second, threads);
        one.Hashes.ShouldBe(several.Hashes);
        one.Numeric.ShouldBe(several.Numeric);
        second.Blocks.Count.ShouldBe(first.Blocks.Count);
        foreach (var (a, b) in first.Blocks.Zip(second.Blocks))
        {
            a.Ends.ShouldBe(b.Ends);
            a.Indices.ShouldBe(b.Indices);
            a.Values.ShouldBe(b.Values);
            a.Numeric.ShouldBe(b.Numeric);
            a.Labels.ShouldBe(b.Labels);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public void Transform_TrainingRows_SameAsLearntButForTheSentiment(int? hashBits)
    {
        var records = Batches.Random(8, 300, Classes);
        using var features = Learn(records, Options with { HashBits = hashBits }, out var learnt);
        var transformed = features.Transform(Batches.Of(9, records), Classes, CancellationToken.None);
        var sentiment = features.NgramCount + Sentiment;
        foreach (var ((_, a), (_, b)) in Rows(learnt).Zip(Rows(transformed)))
            a.Where(entry => entry.Index != sentiment).ShouldBe(b.Where(entry => entry.Index != sentiment));
    }

    [Fact]
    public void Learn_OneLabelFlipped_OwnSentimentUnchanged()
    {
        var records = Batches.Random(12, 60, 2);
        using var features = Learn(records, Options, out var before, classes: 2);
        var others = 0;
        for (var flipped = 0; flipped < records.Length; flipped += 7)
        {
            var changed = records.ToArray();
            changed[flipped].Label = 1 - changed[flipped].Label;
            using var refitted = Learn(changed, Options, out var after, classes: 2);
            SentimentOf(after, flipped).ShouldBe(SentimentOf(before, flipped), $"row {flipped}");
            others += Enumerable.Range(0, records.Length).Count(row => SentimentOf(after, row) != SentimentOf(before, row));
        }
        others.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void PolarityOf_EveryNgram_NaiveShrunkMeanOfRanks()
    {
        var records = Batches.Random(2, 100, Classes);
        using var features = Learn(records, Options, out _);
        var names = features.Names(Batches.Of(9, records));
        var mean = records.Average(record => (double)record.Label);
        for (var ngram = 0; ngram < names.Length; ngram++)
        {
            var labels = records.Where(record => Ngrams(record.Text, Options).Contains(names[ngram]!)).Select(record => record.Label).ToArray();
            features.PolarityOf(ngram).ShouldBe((float)(labels.Sum(label => label - mean) / (labels.Length + 10)), 1e-6);
        }
    }

    [Fact]
    public void Learn_NumericFeatures_NaiveMomentsAndScaledValues()
    {
        var texts = Batches.Random(3, 90, Classes);
        var records = texts.Select((record, i) => (record.Text, record.Label, Inputs: new[] { i % 4 == 0 ? float.NaN : i * i, 7f })).ToArray();
        var options = Options with { Numeric = new NumericOptions(Inputs: ["squares", "constant"], Weight: 0.25, Clip: 1.5) };
        var (features, matrix) = FittedFeatures.Learn(() => Batches.Of(9, 2, records), Classes, true, options, 2, MatrixMemory.Default, CancellationToken.None);
        using var owner = features;
        features.Numeric.Select(feature => feature.Name).ShouldBe([.. TextStatistics.Names, "sentiment", "squares", "constant"]);
        var squares = features.Numeric[^2];
        var present = records.Select(record => (double)record.Inputs[0]).Where(value => !double.IsNaN(value)).ToArray();
        var mean = present.Average();
        squares.Mean.ShouldBe(mean, 1e-9 * mean);
        squares.StandardDeviation.ShouldBe(Math.Sqrt(present.Average(value => (value - mean) * (value - mean))), 1e-9 * mean);
        (squares.Min, squares.Max, squares.Source).ShouldBe((present.Min(), present.Max(), NumericFeatureSource.Input));
        features.Numeric[0].Mean.ShouldBe(records.Average(record => record.Text.EnumerateRunes().Count()), 1e-6);
        foreach (var (row, entries) in Rows(matrix))
        {
            var raw = records[row].Inputs[0];
            var scaled = float.IsNaN(raw) ? 0 : 0.25 * Math.Clamp((raw - mean) / squares.StandardDeviation, -1.5, 1.5);
            entries[^3].Value.ShouldBe((float)scaled, 1e-5);
            entries[^2].Value.ShouldBe(0, "a constant says nothing");
            entries[^1].ShouldBe((features.Columns - 1, 1f), "the intercept");
        }
    }

    [Fact]
    public void Learn_HashedFeatures_CountsSummedByBucket()
    {
        var records = Batches.Random(6, 60, Classes);
        var options = Options with { HashBits = 8, SublinearTf = false };
        using var features = Learn(records, options, out var matrix);
        features.NgramCount.ShouldBe(256);
        features.Hashes.ShouldBeEmpty();
        var hasher = new NgramHasher(options.Tokens, options.Ngrams);
        var buffer = new NgramBuffer();
        foreach (var (row, entries) in Rows(matrix))
        {
            hasher.Hash(Encoding.UTF8.GetBytes(records[row].Text), buffer);
            var counts = buffer.Hashes.Take(buffer.Count).GroupBy(hash => (int)(hash >> 56)).ToDictionary(group => group.Key, group => group.Count());
            var values = entries.Where(entry => entry.Index < 256).ToArray();
            values.Select(entry => entry.Index).ShouldBe(counts.Keys, ignoreOrder: true);
            var norm = Math.Sqrt(values.Sum(entry => Math.Pow(counts[entry.Index] * features.ScaleOf(entry.Index), 2)));
            foreach (var (index, value) in values)
                value.ShouldBe((float)(counts[index] * features.ScaleOf(index) / norm), 1e-6);
        }
    }

    [Fact]
    public void Dispose_Twice_FreesOnce()
    {
        var features = Learn(Batches.Random(1, 20, 2), Options, out _);
        features.Dispose();
        features.Dispose();
    }

    private static FittedFeatures Learn(
        (string Text, int Label)[] records, FeatureOptions options, out FeatureMatrix matrix, int threads = 1, int classes = Classes)
    {
        (var features, matrix) = FittedFeatures.Learn(() => Batches.Of(9, records), classes, true, options, threads, MatrixMemory.Default, CancellationToken.None);
        return features;
    }

    private static IEnumerable<(int Row, (int Index, float Value)[] Entries)> Rows(FeatureMatrix matrix)
    {
        var number = 0;
        foreach (var block in matrix.Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
                yield return (number++, [.. Enumerable.Range(block.Start(row), block.Ends[row] - block.Start(row)).Select(at => (block.Indices[at], block.Values[at]))]);
        }
    }

    private static float SentimentOf(FeatureMatrix matrix, int row)
    {
        var block = matrix.Blocks[row / 9];
        return block.Numeric[(row % 9 * (block.Numeric.Length / block.Rows)) + Sentiment];
    }

    private static List<string> Ngrams(string text, FeatureOptions options) =>
        NaiveText.Ngrams(NaiveText.Tokens(Encoding.UTF8.GetBytes(text)), options.Ngrams);

    private static Dictionary<string, double>[] NaiveTfIdf((string Text, int Label)[] records, FeatureOptions options)
    {
        var counts = records.Select(record => Ngrams(record.Text, options).GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count())).ToArray();
        var frequencies = counts.SelectMany(row => row.Keys).GroupBy(name => name).ToDictionary(group => group.Key, group => group.Count());
        return
        [
            .. counts.Select(row =>
            {
                var values = row.Where(pair => frequencies[pair.Key] >= options.MinDf).ToDictionary(
                    pair => pair.Key,
                    pair => (options.SublinearTf ? 1 + Math.Log(pair.Value) : pair.Value) * (Math.Log((1.0 + records.Length) / (1 + frequencies[pair.Key])) + 1));
                var norm = Math.Sqrt(values.Values.Sum(value => value * value));
                return values.ToDictionary(pair => pair.Key, pair => pair.Value / norm);
            }),
        ];
    }
}
