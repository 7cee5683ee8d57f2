using System.Text;
using Plumbline.Features;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring;

public sealed class DriftExamplesTests
{
    private static readonly DriftSchema Schema = new(["bad", "good"], ["price"], [new CategoricalFeature("channel", ["web", "app"])]);
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Found_PricesAndACategoryMoved_AreThoseThatShowIt()
    {
        var (before, now) = (Sketch(0), Sketch(0.3));
        var reference = new DriftReference(before, "test");
        var moved = DriftComparison.Judge(DriftComparison.Measure(reference, now)).Features;
        moved.Where(feature => feature.Severity == DriftSeverity.Large).Select(feature => feature.Name).ShouldBe(["price", "channel"], ignoreOrder: true);
        var examples = new DriftExamples(reference, now, moved, null);
        for (var i = 0; i < 200; i++)
            examples.Add(Prediction(i, i % 10 == 0 ? 100 : i % 10, i % 10 == 0 ? "" : "web", i % 20 == 0 ? "a dear book" : null));
        var found = examples.Found();
        found.Count.ShouldBe(6);
        found.Where(example => example.Feature == "price").ShouldAllBe(example => example.Value == "100" && example.Ratio > 3);
        found.Where(example => example.Feature == "channel").ShouldAllBe(example => example.Ratio > 100);
        found.ShouldAllBe(example => example.Text == null || example.Text == "a dear book");
        examples = new DriftExamples(reference, now, moved, null);
        for (var i = 199; i >= 0; i--)
            examples.Add(Prediction(i, i % 10 == 0 ? 100 : i % 10, i % 10 == 0 ? "" : "web", i % 20 == 0 ? "a dear book" : null));
        examples.Found().ShouldBe(found, "it does not matter in which order they come");
    }

    [Fact]
    public void Measure_ValuesThatKeepLess_SharesBesideTheReference()
    {
        var (before, now) = (Sketch(0), Sketch(0.3));
        now.Breaches.Add(0, ContractFault.OutOfRange, 300);
        now.Breaches.Add(1, ContractFault.UnknownCategory, 300);
        now.Breaches.Add(0, ContractFault.Type, 5);
        now.Add(new DriftObservation { Key = 1, Text = [], Numeric = [1], Categories = [0], Probabilities = [0.5f, 0.5f], Label = 0 });
        now.Add(new DriftObservation { Key = 2, Text = Encoding.UTF8.GetBytes(new string('x', 500)), Numeric = [1], Categories = [0], Probabilities = [0.5f, 0.5f], Label = 0 });
        var found = DataQuality.Measure(new DriftReference(before, "test"), now);
        found.Select(fault => (fault.Feature, fault.Kind, fault.Requests, fault.IsWorse)).ShouldBe(
            [("channel", "unknown_category", 300, true), ("price", "out_of_range", 300, true), ("price", "type", 5, false), ("text", "empty", 1, false), ("text", "too_long", 1, false)]);
        found[0].Share.ShouldBe(300 / 1002.0, 1e-9);
        found.ShouldAllBe(fault => fault.Before == 0);
        DriftDecision.Of(DriftProfile.Default, [], null, found, 1002).Action.ShouldBe(DriftAction.Watch);
    }

    private static DriftSketch Sketch(double moved)
    {
        var (sketch, random) = (new DriftSketch(Schema), new RandomSource(8));
        for (var i = 0; i < 1_000; i++)
        {
            var moves = random.NextDouble() < moved;
            var good = 0.5f + (float)(random.NextDouble() / 2);
            sketch.Add(new DriftObservation
            {
                Key = random.NextUInt64(),
                Text = Encoding.UTF8.GetBytes($"text {random.NextInt32(90)}"),
                Numeric = [moves ? 100 : random.NextInt32(10)],
                Categories = [moves ? Category.Unknown : random.NextInt32(2)],
                Probabilities = [1 - good, good],
                Label = 1,
            });
        }
        return sketch;
    }

    private static LoggedPrediction Prediction(int number, float price, string channel, string? text) => new(
        new Guid(number, 0, 0, [0x80, 0, 0, 0, 0, 0, (byte)(number * 31), (byte)number]), Begin.AddSeconds(number), "reviews/3", "", null, null, null, "good", Schema.Labels, [0.2f, 0.8f], TimeSpan.Zero,
        new Dictionary<string, float?> { ["price"] = price }, new Dictionary<string, string?> { ["channel"] = channel }, text);
}
