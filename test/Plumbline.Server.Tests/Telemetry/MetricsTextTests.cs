using Plumbline.Server.Telemetry;
using Prometheus;

namespace Plumbline.Server.Tests.Telemetry;

public sealed class MetricsTextTests
{
    [Fact]
    public async Task Read_OfARegistry_AllThatWasCounted()
    {
        string[] labels = ["plain", "with \"quotes\" and \\ back\\slashes\\n", "two\nlines, {braces} = 1", ""];
        var registry = Metrics.NewCustomRegistry();
        var create = Metrics.WithCustomRegistry(registry);
        var counter = create.CreateCounter("texts_total", "Texts, as they came.", ["label", "version"]);
        for (var i = 0; i < labels.Length; i++)
            counter.WithLabels(labels[i], "reviews/3").Inc(i + 0.5);
        create.CreateGauge("ready", "").Set(double.PositiveInfinity);
        create.CreateHistogram("seconds", "Passed over.").Observe(1);
        create.CreateGauge("unset", "None yet.", ["a"]);

        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text);
        text.Position = 0;
        using var reader = new StreamReader(text);
        var families = MetricsText.Read(reader).ToDictionary(family => family.Name);

        families.Keys.ShouldBe(["texts_total", "ready", "unset"], ignoreOrder: true);
        (families["texts_total"].IsCounter, families["texts_total"].Help).ShouldBe((true, "Texts, as they came."));
        families["texts_total"].Samples.Select(sample => (sample.Labels[0].Value, sample.Labels[1].Value, sample.Value)).ShouldBe(labels.Select((label, i) => ((object?)label, (object?)"reviews/3", i + 0.5)), ignoreOrder: true);
        families["ready"].Samples.ShouldHaveSingleItem().Value.ShouldBe(double.PositiveInfinity);
        families["unset"].Samples.ShouldBeEmpty();
    }
}
