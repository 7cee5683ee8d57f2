using System.Text.Json;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

/// <summary>Concept drift over made-up answers; <c>bench/run quality</c> has how often it is right.</summary>
public sealed class LabelMeaningTests
{
    private static readonly string[] Labels = ["bad", "fair", "good", "great"];

    [Fact]
    public void Add_TwoLabelsSwappedInPart_FoundAndNamed()
    {
        var named = 0;
        for (ulong stream = 1; stream <= 20; stream++)
        {
            var (random, drift) = (new RandomSource(stream), new ConceptDrift());
            Add(drift, random, 2_000, swapped: 0);
            Add(drift, random, 1_000, swapped: 0.15);
            if (drift.Changes.FirstOrDefault(change => change.Label > 2_000) is { Pair: { } pair } change)
            {
                named++;
                change.Test.ShouldBe("shiryaev_roberts");
                pair.ShouldBe(["good", "great"], ignoreOrder: true);
                change.After.ShouldBeGreaterThan(change.Before);
            }
        }
        named.ShouldBeGreaterThanOrEqualTo(16);
    }

    [Fact]
    public void Add_LabelsAsBefore_HardlyEverFound()
    {
        var (random, drift) = (new RandomSource(5), new ConceptDrift());
        Add(drift, random, 100_000, swapped: 0);
        drift.Changes.Count.ShouldBeLessThanOrEqualTo(10);
        drift.Labels.ShouldBe(100_000);
    }

    [Fact]
    public void Add_StateReadAgainBetweenLabels_FindsTheSame()
    {
        var (random, again, whole, parts) = (new RandomSource(8), new RandomSource(8), new ConceptDrift(), new ConceptDrift());
        Add(whole, random, 700, swapped: 0);
        Add(whole, random, 700, swapped: 0.5);
        for (var part = 0; part < 20; part++)
        {
            Add(parts, again, 70, swapped: part < 10 ? 0 : 0.5);
            parts = JsonSerializer.Deserialize(JsonSerializer.Serialize(parts, QualityJson.Default.ConceptDrift), QualityJson.Default.ConceptDrift)!;
        }
        whole.Changes.ShouldNotBeEmpty();
        JsonSerializer.Serialize(parts, QualityJson.Default.ConceptDrift).ShouldBe(JsonSerializer.Serialize(whole, QualityJson.Default.ConceptDrift));
    }

    [Fact]
    public void Add_StateOfAVersionBefore_GoesOnWithIt()
    {
        var drift = JsonSerializer.Deserialize(
            """
            {"labels":300,"page_hinkley":{"labels":300,"errors":60,"surprise":1.5,"squares":48,"sum":-2,"least_sum":-9,"least_labels":250,"least_errors":50},
            "window":{"buckets":[[1]],"labels":1,"errors":1,"unlooked":1},"changes":[{"test":"adwin","time":"2026-11-20T00:00:00+00:00","label":7,"before":0.1,"after":0.4}]}
            """,
            QualityJson.Default.ConceptDrift)!;
        Add(drift, new RandomSource(2), 10, swapped: 0);
        (drift.Labels, drift.PageHinkley.Labels, drift.Meaning.Rows, drift.Changes.Single().Pair).ShouldBe((310, 310, 10, null));
    }

    [Fact]
    public void Add_MoreLabelsThanAreWatched_StateStaysSmall()
    {
        string[] labels = [.. Enumerable.Range(0, 60).Select(label => $"label-{label}")];
        var (random, drift) = (new RandomSource(4), new ConceptDrift());
        for (var label = 0; label < 3_000; label++)
        {
            var answer = labels[random.NextInt32(60)];
            drift.Add(Labelled(labels, answer, 0.9f, random.NextDouble() < 0.1 ? random.NextDouble() < 0.1 ? "none of them" : labels[random.NextInt32(60)] : answer));
        }
        drift.Changes.ShouldBeEmpty();
        drift.Meaning.Pairs.Count.ShouldBe(120);
        JsonSerializer.Serialize(drift, QualityJson.Default.ConceptDrift).Length.ShouldBeLessThan(16_384);
    }

    private static void Add(ConceptDrift drift, RandomSource random, int labels, double swapped)
    {
        for (var label = 0; label < labels; label++)
        {
            var answer = random.NextInt32(4);
            var truth = random.NextDouble() < 0.8 ? answer : (answer + 1 + random.NextInt32(3)) % 4;
            if (truth >= 2 && random.NextDouble() < swapped)
                truth = 5 - truth;
            drift.Add(Labelled(Labels, Labels[answer], 0.8f, Labels[truth]));
        }
    }

    private static SettledFeedback Labelled(string[] labels, string answer, float confidence, string truth) => new(
        new LoggedPrediction(
            Guid.Empty, DateTimeOffset.UnixEpoch, "reviews/3", "", null, null, null, answer, labels, [.. labels.Select(label => label == answer ? confidence : (1 - confidence) / (labels.Length - 1))],
            TimeSpan.Zero, new Dictionary<string, float?>(), new Dictionary<string, string?>(), null),
        truth, null, DateTimeOffset.UnixEpoch);
}
