using Plumbline.Inference;
using Plumbline.Monitoring;
using Plumbline.Tests.Bundles;
using Plumbline.Tests.Learning;

namespace Plumbline.Tests.Monitoring;

public sealed class DriftReferenceTests
{
    [Fact]
    public void Of_BundleWithoutASketch_IsItsBaselineByBins()
    {
        using var bundle = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(bundle.Path);
        var reference = DriftReference.Of(predictor);
        reference.IsCoarse.ShouldBeTrue();
        reference.Sketch.Requests.ShouldBe(predictor.Manifest.Baseline.Rows);
        var traffic = new SimulatedTraffic(GeneratedReviews.Trained(5));
        Judged(traffic.Window(3, 1_000, "number", 0.5)).Single(feature => feature.Name == "hour").Severity.ShouldBe(DriftSeverity.Large);
        var still = Judged(traffic.Window(4, 1_000));
        still.Where(feature => feature.Kind == DriftKind.Text).ShouldAllBe(feature => feature.Psi < 0.1);
        still.ShouldAllBe(feature => double.IsNaN(feature.KolmogorovSmirnov));

        IReadOnlyList<FeatureDrift> Judged(DriftSketch window) => DriftComparison.Judge(DriftComparison.Measure(reference, window)).Features;
    }

    /// <summary>Sketches of traffic name only what the model does not know.</summary>
    [Fact]
    public void NamedBy_TrafficAsTheReference_WordsThatTheModelKnowsHaveTheirNames()
    {
        using var bundle = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(bundle.Path);
        string[] known = [.. predictor.Bundle.NgramNames()!.Where(name => name.Length > 4 && name.All(char.IsAsciiLetterLower)).Take(2)];
        var (before, now) = (Traffic(known[0]), Traffic(known[1]));
        Words(new DriftReference(before, "traffic")).ShouldBe([null, null]);
        Words(new DriftReference(before, "traffic").NamedBy(predictor)).ShouldBe([known[1], known[0]]);

        string?[] Words(DriftReference reference) =>
            [.. DriftReport.Of("reviews/1", reference, now, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1), DriftProfile.Default, []).Text!.Words.OrderByDescending(word => word.Score).Select(word => word.Word)];

        DriftSketch Traffic(string word)
        {
            var (recorder, probabilities) = (new DriftRecorder(predictor), new float[predictor.Labels.Count]);
            var text = System.Text.Encoding.UTF8.GetBytes(word);
            for (var i = 0; i < 200; i++)
                recorder.Observe(new Guid(i, 0, 0, new byte[8]), text, [], probabilities, predictor.Predict(text, [], probabilities, []));
            return recorder.Take();
        }
    }

    [Fact]
    public void Take_RecorderOfSeveralThreads_CountsEachOnce()
    {
        using var bundle = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(bundle.Path);
        var recorder = new DriftRecorder(predictor);
        var taken = new List<DriftSketch>();
        Parallel.For(0, 4, thread =>
        {
            var probabilities = new float[predictor.Labels.Count];
            for (var i = 0; i < 500; i++)
            {
                var label = predictor.Predict("a wonderful story"u8, [], probabilities, []);
                recorder.Observe(new Guid(thread, (short)i, 0, new byte[8]), "a wonderful story"u8, [], probabilities, label);
                if (thread == 0 && i % 100 == 0)
                {
                    lock (taken)
                        taken.Add(recorder.Take());
                }
            }
        });
        taken.Add(recorder.Take());
        var all = DriftSketch.MergeAll(taken)!;
        all.Requests.ShouldBe(2_000);
        all.Predicted.Sum().ShouldBe(2_000);
        all.Sample.Count.ShouldBe(RequestSample.Most);
    }
}
