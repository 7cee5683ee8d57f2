using System.Text.Json;
using Plumbline.Pipelines.Runs;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Graphs;

/// <summary>What a node sees of its run while it is executed. Thread-safe, but for <see cref="FollowOnly"/>.</summary>
public sealed class NodeContext
{
    private readonly TaskInputs _inputs;
    private readonly AttemptVoice _voice;

    internal NodeContext(TaskInputs inputs, AttemptVoice voice, string parameters) => (_inputs, _voice, ParametersJson) = (inputs, voice, parameters);

    public required string RunId { get; init; }

    public required string Node { get; init; }

    /// <summary>Of a mapped node, from 0; else null.</summary>
    public required int? Item { get; init; }

    /// <summary>From 1.</summary>
    public required long Attempt { get; init; }

    /// <summary>When the task's first attempt began; of a run that was resumed the first since.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>Who or what began the run, and why.</summary>
    public required RunTrigger Trigger { get; init; }

    /// <summary>What time the run is about; null where none was said.</summary>
    public required RunInterval? Interval { get; init; }

    /// <summary>The metadata store. A write under it is refused with <see cref="Tuning.LeaseLostException"/> once the attempt is over: a worker that slept too long changes nothing.</summary>
    public required IMetadataStore Store { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Of its pool, that it takes; of cpu: threads.</summary>
    public required int Slots { get; init; }

    /// <summary>All slots of the worker's pool: what a node may use that runs alone.</summary>
    public required int PoolSlots { get; init; }

    /// <summary>The run is cancelled, the worker stops, the time is over or the lease is lost.</summary>
    public required CancellationToken Cancellation { get; init; }

    internal string ParametersJson { get; }

    /// <summary>Nodes that are to go on; null: all.</summary>
    internal IReadOnlyList<string>? Followed { get; private set; }

    /// <summary>A stream of its own for each task, the same in each attempt.</summary>
    public RandomSource Random => RandomSource.Fork(_inputs.Seed, (ulong)(Item ?? 0));

    /// <summary>What a node gave that this one comes after.</summary>
    /// <exception cref="InvalidOperationException">It gave nothing, as it did not succeed, or this node does not come after it.</exception>
    public T Get<T>(NodeOutput<T> node) => _inputs.Of(node.Name) is [{ Output: { } output }]
        ? JsonSerializer.Deserialize(output, node.Json)!
        : throw new InvalidOperationException($"{Node} asks for what {node.Name} gave, which is {StateOf(node)}.");

    /// <inheritdoc cref="Get"/>
    /// <returns>False where it gave nothing.</returns>
    public bool TryGet<T>(NodeOutput<T> node, out T? value)
    {
        var output = _inputs.Of(node.Name) is [var one] ? one.Output : null;
        value = output is null ? default : JsonSerializer.Deserialize(output, node.Json);
        return output is not null;
    }

    /// <summary>What came of each task of a mapped node, in the order of its list; empty where it was skipped.</summary>
    public IReadOnlyList<MappedResult<T>> All<T>(MappedOutput<T> node) =>
        [.. _inputs.Of(node.Name).Select(one => new MappedResult<T>(one.Item, one.State, one.Output is { } output ? JsonSerializer.Deserialize(output, node.Json) : default, one.Reason))];

    /// <summary>How a node stands that this one comes after.</summary>
    public TaskState StateOf(NodeReference node) => _inputs.StateOf(node.Name);

    /// <summary>Of what comes right after this node, only these go on: to the others it is as if it was skipped.</summary>
    public void FollowOnly(params IReadOnlyList<NodeReference> nodes) => Followed = [.. nodes.Select(node => node.Name)];

    /// <summary>What to throw where there is nothing to do.</summary>
    public NodeSkippedException Skipped(string reason) => new(reason) { Source = Node };

    /// <summary>Adds a line to the log of the attempt.</summary>
    public void Log(string line) => _voice.Log(line);

    /// <summary>Says how far it is.</summary>
    /// <param name="share">0 to 1.</param>
    public void Report(double share, string message) => _voice.Report(share, message);
}
