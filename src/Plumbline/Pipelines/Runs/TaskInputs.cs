using System.Collections.Concurrent;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Runs;

/// <summary>What the nodes gave that a task comes after, read when it is asked for: a mapped task rarely needs the list that it is an item of. Thread-safe.</summary>
/// <param name="after">Names of these nodes.</param>
internal sealed class TaskInputs(IMetadataStore store, string run, string node, IReadOnlyList<string> after)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<TaskResult>> _results = new(StringComparer.Ordinal);

    /// <summary>Of the task's random numbers.</summary>
    public ulong Seed => TaskSeed.Of(run, node);

    public IReadOnlyList<TaskResult> Of(string upstream) => _results.GetOrAdd(Known(upstream), name => store.Read(connection => connection.Query(
        """
        SELECT t.item, t.state, t.reason, r.output, r.digest FROM pipeline_tasks t
        LEFT JOIN pipeline_results r ON r.run_id = t.run_id AND r.node = t.node AND r.item = t.item
        WHERE t.run_id = @run AND t.node = @node ORDER BY t.item
        """,
        row => new TaskResult(name, (int)row.GetInt64(0), RunWords.Parse<TaskState>(row.GetString(1)), row.NullableString(3), row.NullableString(4) ?? "", row.GetString(2)),
        ("run", run), ("node", name))));

    public TaskState StateOf(string upstream) => store.Read(connection => RunRows.Node(connection, run, Known(upstream))).State;

    private string Known(string upstream) => after.Contains(upstream)
        ? upstream
        : throw new InvalidOperationException($"{node} does not come after {upstream}; name that among the nodes that it comes after.");
}

/// <param name="Output">Null where it did not succeed.</param>
/// <param name="Digest">Of the output; empty where there is none.</param>
internal sealed record TaskResult(string Node, int Item, TaskState State, string? Output, string Digest, string Reason);
