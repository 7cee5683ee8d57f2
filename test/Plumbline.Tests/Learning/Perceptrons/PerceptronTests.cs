using System.Text;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Learning.Models;
using Plumbline.Learning.Perceptrons;
using Plumbline.Statistics;
using Plumbline.Tests.Bundles;

namespace Plumbline.Tests.Learning.Perceptrons;

public sealed unsafe class PerceptronTests
{
    private const int Ngrams = 30;
    private const int OtherColumns = 4;
    private const int Classes = 5;

    public static TheoryData<int[]> HiddenLayers => new([8], [16, 8], [8, 16, 8]);

    [Theory]
    [MemberData(nameof(HiddenLayers))]
    public void Add_AnyLayers_GradientIsThatOfFiniteDifferences(int[] hidden)
    {
        const float Small = 1 / 1024f;
        var perceptron = Random(new PerceptronShape(20, 8, hidden), 11);
        var sums = GC.AllocateArray<float>(perceptron.Floats.Length, pinned: true);
        int[] indices = [3, 17, 29, Ngrams, Ngrams + 2, Ngrams + 3];
        float[] values = [0.7f, -0.4f, 0.5f, 0.3f, -0.8f, 1];
        var row = new FeatureRow(indices, values);
        var network = perceptron.Network;
        var (activations, deltas) = (new float[network.Activations], new float[network.Activations]);
        fixed (float* activation = activations, delta = deltas)
        {
            Mean(perceptron, row, activation);
            network.Propagate(row, 3, activation);
            var scores = network.Activations - network.Layers[^1].Lanes;
            activations.AsSpan(scores).CopyTo(deltas.AsSpan(scores));
            PerceptronGradient.OfLoss(deltas.AsSpan(scores, Classes), 2, 1.5f);
            new PerceptronGradient(network, Perceptron.Start(perceptron.Floats), Perceptron.Start(sums)).Add(row, 3, activation, delta);
        }
        for (var i = 0; i < sums.Length; i++)
            sums[i].ShouldBe(Difference(ref perceptron.Floats[i], Loss), 5e-3f);
        for (var i = 0; i < 3; i++)
        {
            for (var lane = 0; lane < 8; lane++)
                (values[i] * deltas[lane]).ShouldBe(Difference(ref network.Embedding(indices[i])[lane], Loss), 5e-3f);
        }

        float Difference(ref float parameter, Func<double> loss)
        {
            var kept = parameter;
            parameter = kept + Small;
            var above = loss();
            parameter = kept - Small;
            var below = loss();
            parameter = kept;
            return (float)((above - below) / (2 * Small));
        }

        double Loss()
        {
            var scores = new float[Classes];
            perceptron.Network.Score(new FeatureRow(indices, values), scores);
            return 1.5 * (Math.Log(scores.Sum(score => Math.Exp(score))) - scores[2]);
        }
    }

    [Fact]
    public void EmbeddingRow_FewerRowsThanNgrams_FrequentOnesHaveTheirOwn()
    {
        var shape = new PerceptronShape(64, 8, [8]);
        for (var ngram = 0; ngram < 64; ngram++)
            shape.EmbeddingRow(ngram, 64).ShouldBe(ngram);
        var shared = Enumerable.Range(0, 1000).Select(ngram => shape.EmbeddingRow(ngram, 1000)).ToArray();
        shared[..32].ShouldBe(Enumerable.Range(0, 32));
        shared[32..].ShouldAllBe(row => row >= 32 && row < 64);
        shared[32..].GroupBy(row => row).Max(group => group.Count()).ShouldBeLessThan(3 * 968 / 32);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Open_Published_SameBitsAsInMemory(int classes)
    {
        var trained = FamilyTraining.Of("perceptron", classes);
        using var published = new PublishedBundle(trained);
        using var bundle = Bundle.Open(published.Path);
        bundle.Manifest.Requires.ShouldContain("perceptron-1");
        var (expected, actual) = (new float[classes], new float[classes]);
        foreach (var batch in GeneratedReviews.Data(classes, 100).Read(Split.Test))
        {
            for (var record = 0; record < batch.Count; record++)
            {
                trained.Classifier().Predict(batch.Text(record), batch.Inputs(record), expected, default);
                bundle.Classifier.Predict(batch.Text(record), batch.Inputs(record), actual, default);
                actual.ShouldBe(expected);
            }
        }
    }

    [Theory]
    [InlineData("hidden", """[8, 12]""")]
    [InlineData("dimension", "4096")]
    [InlineData("embedding_rows", "3")]
    public void Open_ShapeThatCannotBe_Refuses(string key, string value)
    {
        using var published = new PublishedBundle(FamilyTraining.Of("perceptron", 5));
        published.Rewrite(root => root["model"]!["perceptron"]![key] = System.Text.Json.Nodes.JsonNode.Parse(value));
        published.Refusal().ShouldContain(key == "embedding_rows" ? "perceptron.embeddings" : "perceptron cannot have");
    }

    [Fact]
    public void Predict_ManyTexts_AllocatesNothing()
    {
        var classifier = FamilyTraining.Of("perceptron", 5).Classifier();
        var texts = GeneratedReviews.Data(5, 100).Read(Split.Test).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record => batch.Text(record).ToArray())).Append(Encoding.UTF8.GetBytes("")).ToArray();
        var probabilities = new float[5];
        Serve();
        // The counter also counts what a collection, started by another test, throws away of this thread's allocation buffer: the least counts.
        Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Serve();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ShouldBe(0);

        void Serve()
        {
            foreach (var text in texts)
                classifier.Predict(text, default, probabilities, default);
        }
    }

    private static Perceptron Random(PerceptronShape shape, ulong seed)
    {
        var random = new RandomSource(seed);
        var perceptron = new Perceptron(shape, Ngrams, OtherColumns, Classes);
        foreach (ref var value in perceptron.Embeddings.AsSpan())
            value = (float)random.NextGaussian();
        foreach (var layer in perceptron.Network.Layers)
        {
            // Lanes beyond the outputs are 0.
            var outputs = layer == perceptron.Network.Layers[^1] ? Classes : layer.Lanes;
            for (var offset = layer.Weights; offset < layer.End; offset += layer.Lanes)
            {
                foreach (ref var value in perceptron.Floats.AsSpan(offset, outputs))
                    value = (float)(0.4 * random.NextGaussian());
            }
        }
        return perceptron;
    }

    private static void Mean(Perceptron perceptron, FeatureRow row, float* mean)
    {
        for (var i = 0; i < 3; i++)
        {
            for (var lane = 0; lane < 8; lane++)
                mean[lane] += row.Values[i] * perceptron.Network.Embedding(row.Indices[i])[lane];
        }
    }
}
