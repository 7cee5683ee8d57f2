using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

public sealed class QualitySumsTests
{
    private const int Rows = 400;

    private static readonly string[] Labels = ["bad", "fair", "good"];
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Add_LabelledPredictions_ScoresAreThoseOfTheRows()
    {
        var rows = Settled(1);
        var scores = QualityScores.Of(SumsOf(rows), Labels, resamples: 200);
        int[] truth = [.. rows.Select(row => Array.IndexOf(Labels, row.Label))];
        var report = ClassificationReport.Compute(Labels, truth, [.. rows.Select(row => Array.IndexOf(Labels, row.Prediction.Label))], [.. rows.SelectMany(row => row.Prediction.Probabilities)], 1, 0);
        scores.Labels.ShouldBe(Rows);
        scores.ByLabel.Select(label => label.Support).ShouldBe(report.Classes.Select(label => (long)label.Support));
        scores.Accuracy.Value.ShouldBe(report.Accuracy.Value, 1e-9);
        scores.MacroF1.Value.ShouldBe(report.MacroF1.Value, 1e-9);
        scores.Brier.ShouldBe(report.Brier, 1e-5);
        scores.Ece.ShouldBe(report.Ece, 1e-5);
        scores.EceOfChance.ShouldBe(report.EceOfPerfect, 0.01);
        scores.ByLabel.Select(label => Math.Round(label.F1.Value, 9)).ShouldBe(report.Classes.Select(label => Math.Round(label.F1, 9)));
        (scores.MacroF1.Low < scores.MacroF1.Value && scores.MacroF1.Value < scores.MacroF1.High).ShouldBeTrue();
    }

    [Fact]
    public void Add_Corrections_AreAsIfTheirLabelHadBeenFirst()
    {
        var rows = Settled(2);
        var corrected = new QualitySums();
        foreach (var row in rows)
        {
            var wrong = Labels[(Array.IndexOf(Labels, row.Label) + 1) % Labels.Length];
            corrected.Add(row with { Label = wrong });
            corrected.Add(row with { Replaced = wrong });
        }
        corrected.ToJson().ShouldBe(SumsOf(rows).ToJson());
    }

    [Fact]
    public void Merge_PartsInAnyOrder_SameAsTheWhole()
    {
        var rows = Settled(3);
        var parts = rows.Chunk(37).Select(SumsOf).Reverse().ToArray();
        QualitySums.MergeAll(parts).ToJson().ShouldBe(SumsOf(rows).ToJson());
        QualitySums.FromJson(SumsOf(rows).ToJson()).ToJson().ShouldBe(SumsOf(rows).ToJson());
        Should.Throw<InvalidDataException>(() => QualitySums.FromJson("{}"));
    }

    [Fact]
    public void Completeness_LabelsComeLate_KnownOfOldWindowsAloneAndYoungOnesAreNotMature()
    {
        // In every hour 100 predictions, half of which get a label: 40 within the hour, 10 between one and three days.
        var now = Begin.AddDays(6);
        var windows = Enumerable.Range(0, 6 * 24).Select(hour => Begin.AddHours(hour)).Select(start =>
        {
            var sums = new QualitySums();
            foreach (var (count, delay) in new[] { (40, TimeSpan.FromMinutes(30)), (10, TimeSpan.FromDays(2)) })
            {
                for (var i = 0; i < count && start.AddMinutes(59) + delay < now; i++)
                    sums.Add(Row(new RandomSource(1), start.AddMinutes(59), delay));
            }
            return (start.AddHours(1), 100L, sums);
        }).ToArray();
        var delay = new LabelDelay(windows, now);
        delay.Completeness(TimeSpan.FromMinutes(2)).ShouldBe(0);
        delay.Completeness(TimeSpan.FromHours(2)).ShouldBe(0.8, 0.01);
        delay.Completeness(TimeSpan.FromDays(2.5)).ShouldBe(0.8, 0.01);
        delay.Completeness(TimeSpan.FromDays(3)).ShouldBe(1);
        delay.Shares.Single(share => share.AgeSeconds == 3600).Share.ShouldBe(0.4, 0.001);
        delay.Shares.Single(share => share.AgeSeconds == 3 * 86_400).Share.ShouldBe(0.5, 0.001);
    }

    private static QualitySums SumsOf(IEnumerable<SettledFeedback> rows)
    {
        var sums = new QualitySums();
        foreach (var row in rows)
            sums.Add(row);
        return sums;
    }

    private static SettledFeedback[] Settled(ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, Rows).Select(row => Row(random, Begin.AddSeconds(row), TimeSpan.FromMinutes(row % 100)))];
    }

    private static SettledFeedback Row(RandomSource random, DateTimeOffset time, TimeSpan delay)
    {
        float[] raw = [.. Labels.Select(_ => (float)(0.05 + random.NextDouble()))];
        float[] probabilities = [.. raw.Select(value => value / raw.Sum())];
        var (label, drawn) = (0, random.NextDouble());
        while (label < Labels.Length - 1 && (drawn -= probabilities[label]) >= 0)
            label++;
        var prediction = new LoggedPrediction(
            Guid.CreateVersion7(time), time, "reviews/3", "", null, null, null, Labels[Array.IndexOf(probabilities, probabilities.Max())], Labels, probabilities, TimeSpan.Zero,
            new Dictionary<string, float?>(), new Dictionary<string, string?>(), null);
        return new SettledFeedback(prediction, Labels[label], null, time + delay);
    }
}
