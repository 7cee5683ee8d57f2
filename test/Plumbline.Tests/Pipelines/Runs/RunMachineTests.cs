using FsCheck.Xunit;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Statistics;

namespace Plumbline.Tests.Pipelines.Runs;

public sealed class RunMachineTests
{
    [Property]
    public void Advance_AnyGraphInAnyOrder_EndsAsTheNaiveModel(int seed)
    {
        var random = new RandomSource((ulong)seed);
        var graph = RandomGraph.Of(random);
        var fates = graph.Nodes.ToDictionary(node => node.Name, _ => RandomGraph.Fate(random), StringComparer.Ordinal);
        var nodes = graph.Nodes.ToDictionary(node => node.Name, _ => NodeStanding.Waiting, StringComparer.Ordinal);
        while (true)
        {
            RunMachine.Advance(graph, nodes, _ => 0);
            var ready = nodes.Where(node => node.Value.State == TaskState.Ready).Select(node => node.Key).Order(StringComparer.Ordinal).ToArray();
            if (ready.Length == 0)
                break;
            // Whichever ends first.
            var next = ready[random.NextInt32(ready.Length)];
            nodes[next] = new NodeStanding(fates[next], "", null);
        }
        var expected = RandomGraph.Ends(graph, fates);
        nodes.ToDictionary(node => node.Key, node => node.Value.State).ShouldBe(expected, ignoreOrder: true);
        RunMachine.StateOf(nodes.Values).ShouldBe(expected.Values.Any(state => state.IsFailure()) ? RunState.Failed : RunState.Succeeded);
    }

    [Fact]
    public void Advance_BranchedAway_CountsAsSkipped()
    {
        var graph = new RunGraph([Node("branch"), Node("left", "branch"), Node("right", "branch"), new GraphNode("join", ["left", "right"], null, new NodeOptions { Trigger = TriggerRule.NoneFailedMinOneSuccess })]);
        var nodes = graph.Nodes.ToDictionary(node => node.Name, _ => NodeStanding.Waiting, StringComparer.Ordinal);
        nodes["branch"] = new NodeStanding(TaskState.Succeeded, "", ["left"]);
        RunMachine.Advance(graph, nodes, _ => 0).ShouldBe(["left", "right"]);
        nodes["right"].ShouldBe(new NodeStanding(TaskState.Skipped, "branch is skipped", null));
        nodes["left"] = new NodeStanding(TaskState.Succeeded, "", null);
        RunMachine.Advance(graph, nodes, _ => 0).ShouldBe(["join"]);
        nodes["join"].State.ShouldBe(TaskState.Ready);
    }

    [Theory]
    [InlineData(0, TaskState.Skipped)]
    [InlineData(3, TaskState.Running)]
    public void Advance_MappedNode_HasAsManyTasksAsItsList(int length, TaskState expected)
    {
        var graph = new RunGraph([Node("list"), new GraphNode("each", ["list"], "list", NodeOptions.Default)]);
        var nodes = new Dictionary<string, NodeStanding> { ["list"] = new(TaskState.Succeeded, "", null), ["each"] = NodeStanding.Waiting };
        RunMachine.Advance(graph, nodes, _ => length);
        nodes["each"].State.ShouldBe(expected);
        nodes["each"].Total.ShouldBe(length);
    }

    [Theory]
    [InlineData(4, 4, 0, 0, 0.0, TaskState.Succeeded)]
    [InlineData(4, 3, 1, 0, 0.0, TaskState.Succeeded)]
    [InlineData(4, 0, 4, 0, 0.0, TaskState.Skipped)]
    [InlineData(4, 3, 0, 1, 0.0, TaskState.Failed)]
    [InlineData(4, 3, 0, 1, 0.25, TaskState.Succeeded)]
    [InlineData(4, 2, 0, 2, 0.25, TaskState.Failed)]
    [InlineData(4, 0, 0, 4, 1.0, TaskState.Failed)]
    [InlineData(4, 2, 0, 1, 0.0, TaskState.Running)]
    public void Settled_Counts_DecideHowAMappedNodeStands(long total, long succeeded, long skipped, long failed, double tolerated, TaskState expected) =>
        new NodeStanding(TaskState.Running, "", null, total, succeeded, skipped, failed).Settled(tolerated).State.ShouldBe(expected);

    [Fact]
    public void Resumed_Failure_TakesAllThatComesAfterIt()
    {
        var graph = new RunGraph([Node("a"), Node("b"), Node("after a", "a"), Node("after b", "b"), Node("end", "after a", "after b")]);
        var nodes = new Dictionary<string, NodeStanding>
        {
            ["a"] = new(TaskState.Succeeded, "", null),
            ["b"] = new(TaskState.Failed, "", null),
            ["after a"] = new(TaskState.Succeeded, "", null),
            ["after b"] = new(TaskState.UpstreamFailed, "", null),
            ["end"] = new(TaskState.Skipped, "", null),
        };
        RunMachine.Resumed(graph, nodes).ShouldBe(["b", "after b", "end"], ignoreOrder: true);
    }

    private static GraphNode Node(string name, params string[] after) => new(name, after, null, NodeOptions.Default);
}
