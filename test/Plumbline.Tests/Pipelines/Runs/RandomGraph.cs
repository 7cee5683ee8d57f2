using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;
using Plumbline.Statistics;

namespace Plumbline.Tests.Pipelines.Runs;

/// <summary>Graphs at random, and how a naive model says that their nodes end.</summary>
internal static class RandomGraph
{
    private const int MostNodes = 9;

    public static RunGraph Of(RandomSource random)
    {
        var rules = Enum.GetValues<TriggerRule>();
        var nodes = new List<GraphNode>();
        var count = 1 + random.NextInt32(MostNodes);
        for (var i = 0; i < count; i++)
        {
            string[] after = [.. nodes.Where(_ => random.NextInt32(3) == 0).Select(node => node.Name)];
            nodes.Add(new GraphNode($"n{i}", after, null, new NodeOptions { Trigger = rules[random.NextInt32(rules.Length)] }));
        }
        return new RunGraph(nodes);
    }

    /// <summary>How a node ends that runs.</summary>
    public static TaskState Fate(RandomSource random) => random.NextInt32(4) switch { 0 => TaskState.Failed, 1 => TaskState.Skipped, _ => TaskState.Succeeded };

    /// <summary>How each node ends, from how those before it did.</summary>
    /// <param name="fates">Of nodes that run.</param>
    public static Dictionary<string, TaskState> Ends(RunGraph graph, IReadOnlyDictionary<string, TaskState> fates)
    {
        var ends = new Dictionary<string, TaskState>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            var verdict = TriggerRules.Decide(node.Options.Trigger, [.. node.After.Select(name => ends[name])]);
            ends[node.Name] = verdict == TaskState.Ready ? fates[node.Name] : verdict;
        }
        return ends;
    }
}
