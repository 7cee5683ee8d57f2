using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines.Workers;

/// <summary>Which of several pipelines' tasks a worker takes first.</summary>
public abstract partial class PipelineContract
{
    [Fact]
    public async Task ClaimAsync_PipelinesShareAPool_GreatestPriorityGoesFirst()
    {
        var (low, high) = (One("a-low", new NodeOptions()), One("b-high", new NodeOptions { Priority = 5 }));
        foreach (var pipeline in new[] { low, low, high })
            await Pipelines.StartAsync(pipeline, Request(), Token);
        var claimed = await ClaimAsync(free: 2, slots: 2, low, high);
        claimed.Select(task => task.Queue).ShouldBe([high.QueueOf("cpu"), low.QueueOf("cpu")]);
    }

    [Fact]
    public async Task ClaimAsync_TaskOfManySlots_IsNotOvertakenByThoseOfAnotherPipeline()
    {
        var (wide, small) = (One("wide", new NodeOptions { Slots = 2, Priority = 1 }), One("small", new NodeOptions()));
        await Pipelines.StartAsync(small, Request(), Token);
        await Pipelines.StartAsync(wide, Request(), Token);
        (await ClaimAsync(free: 1, slots: 2, small, wide)).ShouldBeEmpty();
        (await ClaimAsync(free: 2, slots: 2, small, wide)).ShouldHaveSingleItem().Queue.ShouldBe(wide.QueueOf("cpu"));
        (await ClaimAsync(free: 1, slots: 2, small, wide)).ShouldHaveSingleItem().Queue.ShouldBe(small.QueueOf("cpu"));
    }

    private static Pipeline One(string name, NodeOptions options)
    {
        var builder = Builder(name);
        builder.Add("only", Int, (_, _) => Task.FromResult(1), options);
        return builder.Build();
    }

    private async Task<IReadOnlyList<ClaimedTask>> ClaimAsync(int free, int slots, params Pipeline[] pipelines)
    {
        var lease = (await new LeaseStore(Store, TimeProvider.System).TryAcquireAsync($"test/{Guid.NewGuid():N}", "tester", TimeSpan.FromMinutes(1), Token))!;
        QueueOffer[] offers = [.. pipelines.Select(pipeline => new QueueOffer(pipeline.QueueOf("cpu"), "cpu", free, slots))];
        return await new TaskQueue(Store, TimeProvider.System).ClaimAsync(lease, offers, null, Token);
    }
}
