using System.Collections.Concurrent;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Explanations;

public sealed class ComponentSharesTests
{
    private const int Ngrams = 12;
    private const int Rank = 5;
    private const int Outputs = 3;

    /// <summary>Keeps alive what projections point to.</summary>
    private static readonly ConcurrentBag<ModelSection> Kept = [];

    [Fact]
    public void Share_AnyRow_SumsToTheContributions()
    {
        var random = new RandomSource(1);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var projection = Projection(random);
            var row = Row(random, out var ngrams);
            var contributions = Numbers(random, Rank * Outputs);
            var shares = new double[(ngrams + 1) * Outputs];
            new ComponentShares(projection, Array.ConvertAll(Numbers(random, Rank), mean => (float)mean)).Share(row, ngrams, contributions, Outputs, shares);
            for (var output = 0; output < Outputs; output++)
            {
                Enumerable.Range(0, ngrams + 1).Sum(i => shares[(i * Outputs) + output])
                    .ShouldBe(Enumerable.Range(0, Rank).Sum(component => contributions[(component * Outputs) + output]), 1e-9);
            }
        }
    }

    [Fact]
    public void Share_OneComponentFarFromItsMean_InProportionToItsParts()
    {
        // Parts 0.6 and −0.1 of a component whose mean is 0.1: it lies 0.4 above, of magnitudes that sum to 0.8.
        var projection = new NgramProjection(Memory<int>([0, 1, -1]), Memory<float>([1, -1]), 1);
        var shares = new double[4];
        new ComponentShares(projection, [0.1f]).Share(new FeatureRow([0, 1, 2, 3], [0.6f, 0.1f, 5, 1]), 3, [2], 1, shares);
        var factor = 2 * 0.4 / ((0.4 * 0.4) + (0.04 * 0.04));
        shares[0].ShouldBe(0.6 * factor, 1e-6);
        shares[1].ShouldBe(-0.1 * factor, 1e-6);
        shares[2].ShouldBe(0);
        shares[3].ShouldBe(2 - (0.5 * factor), 1e-6);
    }

    [Fact]
    public void Share_PartsThatCancelOut_NoneHasAll()
    {
        var projection = new NgramProjection(Memory<int>([0, 1]), Memory<float>([1, -1]), 1);
        var shares = new double[3];
        new ComponentShares(projection, [0]).Share(new FeatureRow([0, 1, 2], [0.5f, 0.5f, 1]), 2, [2], 1, shares);
        shares.ShouldBe([0, 0, 2]);
    }

    private static NgramProjection Projection(RandomSource random)
    {
        var places = Enumerable.Range(0, Ngrams).Select(ngram => ngram % 3 == 0 ? -1 : ngram - 1 - (ngram / 3)).ToArray();
        var components = Array.ConvertAll(Numbers(random, Ngrams * Rank), value => (float)value);
        return new NgramProjection(Memory<int>(places), Memory<float>(components), Rank);
    }

    private static FeatureRow Row(RandomSource random, out int ngrams)
    {
        var indices = Enumerable.Range(0, Ngrams).Where(_ => random.NextInt32(2) == 0).ToArray();
        ngrams = indices.Length;
        return new FeatureRow((int[])[.. indices, Ngrams], (float[])[.. Numbers(random, ngrams).Select(value => (float)value), 1]);
    }

    private static double[] Numbers(RandomSource random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian())];

    private static ModelArray<TElement> Memory<TElement>(TElement[] values)
        where TElement : unmanaged
    {
        var section = ModelSection.Of<TElement>("values", values);
        Kept.Add(section);
        return new ModelParameters(new ModelShape("", "", 1, 2), [section]).Array<TElement>("values");
    }
}
