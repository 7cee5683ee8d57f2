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
