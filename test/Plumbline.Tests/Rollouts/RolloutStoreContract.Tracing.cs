using System.Collections.Concurrent;
using System.Diagnostics;
using Plumbline.Telemetry;

namespace Plumbline.Tests.Rollouts;

public abstract partial class RolloutStoreContract
{
    [Fact]
    public async Task Analyse_RolloutBegunInATrace_ItsChangesAreInThatTrace()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await RegisterAsync();
        string begun;
        using (var span = Spans.Begin("pipeline attempt")!)
        {
            begun = span.SpanId.ToHexString();
            await Rollouts.StartAsync(Canary, "ann", "new data", Token);
        }
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await ReportAsync("a", 1000, 3);
            await Rollouts.AnalyseAsync("up", Token);
        }
        await Rollouts.AnalyseAsync("up", Token);
        spans.Where(span => span.OperationName == "rollout.change" && span.ParentSpanId.ToHexString() == begun).OrderBy(span => span.StartTimeUtc).Select(span => span.GetTagItem("plumbline.outcome")).ShouldBe(["advance", "promote"]);
    }
}
