using System.Text;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Learning.Evaluation;
using Plumbline.Statistics;
using Plumbline.Tests.Bundles;
using Plumbline.Tests.Learning;

namespace Plumbline.Tests.Inference;

public sealed class PredictorTests
{
    private static readonly RecordBatch[] Test = [.. GeneratedReviews.Data(5, 1_500).Read(Split.Test)];

    [Fact]
    public void Predict_RecordsOfTest_ScoresOfTheEvaluation()
    {
        using var published = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(published.Path);
        var (truth, predicted, probabilities) = (new List<int>(), new List<int>(), new List<float>());
        foreach (var (text, inputs, label) in Records())
        {
            var row = new float[5];
            truth.Add(label);
            predicted.Add(predictor.Predict(text, inputs, row, default));
            probabilities.AddRange(row);
        }
        var trained = GeneratedReviews.Trained(5);
        var (report, _, _) = Evaluator.Evaluate(trained.Classifier(), trained.Labels, () => Test, 1, 2, TestContext.Current.CancellationToken);
        var served = ClassificationReport.Compute(trained.Labels, [.. truth], [.. predicted], [.. probabilities], 1);
        (served.LogLoss, served.Brier, served.MacroF1.Value, served.Ece).ShouldBe((report.LogLoss, report.Brier, report.MacroF1.Value, report.Ece));
    }

    [Fact]
    public void Predict_SeveralThreadsAtOnce_SameBitsAsOne()
    {
        using var published = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(published.Path);
        var records = Records().ToArray();
        var expected = records.Select(record => Predict(predictor, record.Text, record.Inputs)).ToArray();
        Parallel.For(0, 8 * records.Length, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, i =>
        {
            // Each thread meets the records in an order of its own.
            var record = (int)((i * 7919L) % records.Length);
            Predict(predictor, records[record].Text, records[record].Inputs).ShouldBe(expected[record]);
        });
    }

    [Fact]
    public void Predict_AfterAnyOtherText_SameBits()
    {
        using var published = PublishedBundle.OfReviews();
        using var other = PublishedBundle.OfReviews(2);
        using var predictor = Predictor.Load(published.Path);
        using var otherPredictor = Predictor.Load(other.Path);
        var text = "Not a great book, but I liked it!"u8.ToArray();
        var expected = Predict(predictor, text, [12]);
        byte[][] before =
        [
            [], Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 200_000).Select(i => $"w{i}"))), Encoding.UTF8.GetBytes(new string('x', 1 << 20)),
            [.. Enumerable.Repeat((byte)0xFF, 100_000)], Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("great 😀 漢 ", 10_000))),
        ];
        foreach (var former in before)
        {
            _ = Predict(predictor, former, []);
            _ = Predict(otherPredictor, former, [3]);
            Predict(predictor, text, [12]).ShouldBe(expected);
        }
    }

    [Fact]
    public void Predict_MissingInputs_SameAsTheMean()
    {
        using var published = PublishedBundle.OfReviews();
        using var predictor = Predictor.Load(published.Path);
        var mean = (float)predictor.NumericFeatures[^1].Mean;
        var expected = Predict(predictor, "good"u8.ToArray(), [mean]);
        Predict(predictor, "good"u8.ToArray(), []).ShouldBe(expected);
        Predict(predictor, "good"u8.ToArray(), [float.NaN]).ShouldBe(expected);
        Should.Throw<ArgumentException>(() => Predict(predictor, "good"u8.ToArray(), [1, 2]));
    }

    [Fact]
    public void Predict_Disposed_Refused()
    {
        using var published = PublishedBundle.OfReviews();
        var predictor = Predictor.Load(published.Path);
        predictor.Dispose();
        predictor.Dispose();
        Should.Throw<ObjectDisposedException>(() => Predict(predictor, "good"u8.ToArray(), []));
    }

    [Fact]
    public void Predict_ThousandCalls_AllocateNothing()
    {
        using var published = PublishedBundle.OfReviews();
        using var other = PublishedBundle.OfReviews(2);
        using var predictor = Predictor.Load(published.Path);
        using var otherPredictor = Predictor.Load(other.Path);
        var records = Records().Take(200).ToArray();
        var (probabilities, two, numeric) = (new float[5], new float[2], new float[predictor.NumericFeatures.Count]);
        Serve();
        // The counter also counts what a collection, started by another test, throws away of this thread's allocation buffer:
        // what is allocated a text would be in every round.
        Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 5; round++)
                Serve();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ShouldBe(0);

        void Serve()
        {
            foreach (var (text, inputs, _) in records)
            {
                predictor.Predict(text, inputs, probabilities, numeric);
                otherPredictor.Predict(text, inputs, two, default);
            }
        }
    }

    private static IEnumerable<(byte[] Text, float[] Inputs, int Label)> Records() => Test.SelectMany(batch =>
        Enumerable.Range(0, batch.Count).Select(record => (batch.Text(record).ToArray(), batch.Inputs(record).ToArray(), batch.Label(record))));

    private static float[] Predict(Predictor predictor, byte[] text, float[] inputs)
    {
        var probabilities = new float[predictor.Labels.Count];
        predictor.Predict(text, inputs, probabilities, default);
        return probabilities;
    }
}
