using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Runs;

/// <summary>The state machine of a run's nodes: docs/specs/pipelines.md.</summary>
internal static class RunMachine
{
    /// <summary>Moves every node on that waits and need not any more.</summary>
    /// <param name="nodes">By name; receives what changes.</param>
    /// <param name="expand">Length of the list of a mapped node that may run now.</param>
    /// <returns>Names of those that changed, in the order of the graph.</returns>
    public static IReadOnlyList<string> Advance(RunGraph graph, IDictionary<string, NodeStanding> nodes, Func<GraphNode, long> expand)
    {
        var changed = new List<string>();
        // A node stands after those that it waits for, so one pass is enough.
        foreach (var node in graph.Nodes)
        {
            if (nodes[node.Name].State != TaskState.Waiting)
                continue;
            var verdict = TriggerRules.Decide(node.Options.Trigger, [.. node.After.Select(name => Seen(nodes[name], node.Name))]);
            if (verdict == TaskState.Waiting)
                continue;
            nodes[node.Name] = verdict == TaskState.Ready ? Begun(node, nodes, expand) : new NodeStanding(verdict, Why(node, nodes), null);
            changed.Add(node.Name);
        }
        return changed;
    }

    /// <summary>How a run stands whose nodes stand so.</summary>
    public static RunState StateOf(IEnumerable<NodeStanding> nodes)
    {
        var hasFailed = false;
        foreach (var node in nodes)
        {
            if (!node.State.IsDone())
                return RunState.Running;
            hasFailed |= node.State.IsFailure();
        }
        return hasFailed ? RunState.Failed : RunState.Succeeded;
    }

    /// <summary>Nodes that are done anew when a run goes on: those that failed or were cancelled, and all that comes after them.</summary>
    public static IReadOnlySet<string> Resumed(RunGraph graph, IReadOnlyDictionary<string, NodeStanding> nodes)
    {
        var resumed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            if (nodes[node.Name].State.IsFailure() || node.After.Any(resumed.Contains))
                resumed.Add(node.Name);
        }
        return resumed;
    }

    private static NodeStanding Begun(GraphNode node, IDictionary<string, NodeStanding> nodes, Func<GraphNode, long> expand)
    {
        if (node.Over is not { } over)
            return new NodeStanding(TaskState.Ready, "", null);
        if (!nodes[over].State.IsSuccess())
            return new NodeStanding(TaskState.Skipped, $"{over} gave no list", null);
        return expand(node) is > 0 and var total ? new NodeStanding(TaskState.Running, "", null, total) : new NodeStanding(TaskState.Skipped, $"the list of {over} is empty", null);
    }

    /// <summary>How a node looks to one that comes after it.</summary>
    private static TaskState Seen(NodeStanding upstream, string by) =>
        upstream.State.IsSuccess() && upstream.Followed is { } followed && !followed.Contains(by) ? TaskState.Skipped : upstream.State;

    private static string Why(GraphNode node, IDictionary<string, NodeStanding> nodes) =>
        string.Join(", ", node.After.Select(name => $"{name} is {RunWords.Of(Seen(nodes[name], node.Name))}"));
}
