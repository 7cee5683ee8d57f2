using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Plumbline.Pipelines.Graphs;

/// <summary>
/// Declares a pipeline: nodes with the types of what they give, each after nodes that were declared before, so that there are no circles. Outputs are small JSON documents, written
/// and read by the given <see cref="JsonTypeInfo{T}"/>; what is large goes to a store by its digest, and the output names the digest. Not thread-safe.
/// </summary>
public sealed partial class PipelineBuilder<TParameters>
{
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, NodeCode> _code = new(StringComparer.Ordinal);
    private readonly string _name;
    private readonly string _description;
    private readonly JsonTypeInfo<TParameters> _parameters;

    /// <param name="name">Of <c>a-z 0-9 - _</c>, at most 60 characters; so are those of nodes.</param>
    /// <param name="description">In one line.</param>
    /// <param name="parameters">Of a run's parameters: a JSON object. Let it refuse unmapped members, so that a misspelt key is told.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    public PipelineBuilder(string name, string description, JsonTypeInfo<TParameters> parameters)
    {
        CheckName(name);
        (_name, _description, _parameters) = (name, description, parameters);
    }

    /// <summary>Whose pipeline it is; empty where there is but one project.</summary>
    public string Project { get; init; } = "";

    /// <summary>What a run's parameters are where it does not say otherwise; null: nothing.</summary>
    public TParameters? Defaults { get; init; }

    /// <summary>Of runs for which this gives the same, one runs at a time and others queue; null or empty: any number may run.</summary>
    public Func<TParameters, string?>? ActiveKey { get; init; }

    /// <summary>What a run's parameters must hold beside their types; throws <see cref="ArgumentException"/>, whose message names the key.</summary>
    public Action<TParameters>? Validate { get; init; }

    /// <summary>Adds a node of one task.</summary>
    /// <param name="run">Called by a worker, perhaps again after it failed or its worker died: what it does outside of its result is to be repeatable, or written through <see cref="NodeContext.Store"/>.</param>
    /// <param name="after">Nodes that it comes after, whose outputs it may read.</param>
    /// <exception cref="ArgumentException">The name or an option cannot be.</exception>
    public NodeOutput<T> Add<T>(string name, JsonTypeInfo<T> json, Func<NodeContext, TParameters, Task<T>> run, NodeOptions? options = null, params IReadOnlyList<NodeReference> after)
    {
        Declare(name, null, options, after, new NodeCode(async (context, _) => JsonSerializer.Serialize(await run(context, ParametersOf(context)).ConfigureAwait(false), json)));
        return new NodeOutput<T>(name, json);
    }

    /// <summary>Adds a node that has a task for each item of a list that is known only when the list's node is done. Of an empty list it is skipped.</summary>
    /// <param name="item">Of the items, as they stand in the list.</param>
    /// <inheritdoc cref="Add" path="/param|/exception"/>
    public MappedOutput<T> Map<TItem, T>(
        string name, NodeOutput<IReadOnlyList<TItem>> over, JsonTypeInfo<TItem> item, JsonTypeInfo<T> json, Func<NodeContext, TParameters, TItem, Task<T>> run, NodeOptions? options = null,
        params IReadOnlyList<NodeReference> after)
    {
        Declare(
            name, over.Name, options, [over, .. after],
            new NodeCode(async (context, input) => JsonSerializer.Serialize(await run(context, ParametersOf(context), JsonSerializer.Deserialize(input, item)!).ConfigureAwait(false), json)));
        return new MappedOutput<T>(name, json);
    }

    /// <summary>Of a cached node: takes a result that was there only while what it names is, such as the folder of a digest.</summary>
    public void CachedWhile<T>(NodeOutput<T> node, Func<T, bool> isThere) => _code[node.Name] = _code[node.Name] with { IsThere = output => isThere(JsonSerializer.Deserialize(output, node.Json)!) };

    /// <exception cref="ArgumentException">It has no nodes.</exception>
    public Pipeline Build() => _nodes.Count == 0
        ? throw new ArgumentException($"{_name} has no nodes.")
        : new Pipeline(Project, _name, _description, new RunGraph([.. _nodes]), _code.ToDictionary(), Check);

    private void Declare(string name, string? over, NodeOptions? options, IReadOnlyList<NodeReference> after, NodeCode code)
    {
        CheckName(name);
        options ??= NodeOptions.Default;
        options.Validate(name);
        if (!_code.TryAdd(name, code))
            throw new ArgumentException($"{_name} has two nodes of the name {name}.");
        if (after.FirstOrDefault(node => !_code.ContainsKey(node.Name) || node.Name == name) is { } unknown)
            throw new ArgumentException($"{name} comes after {unknown.Name}, which is no node of {_name}.");
        _nodes.Add(new GraphNode(name, [.. after.Select(node => node.Name).Distinct()], over, options));
    }

    private TParameters ParametersOf(NodeContext context) => JsonSerializer.Deserialize(context.ParametersJson, _parameters)!;

    private CheckedParameters Check(JsonObject given)
    {
        TParameters parameters;
        try
        {
            parameters = WithDefaults(given).Deserialize(_parameters) ?? throw new ArgumentException($"{_name}: parameters are a JSON object.");
        }
        catch (JsonException exception)
        {
            // The serialiser's own message names types of the program.
            var path = Storage.MetadataText.Quote((exception.Path ?? "").TrimStart('$', '.'));
            throw new ArgumentException($"{_name}: '{path}' is no parameter of it, or its value is of another kind; docs/specs/pipelines.md has those that there are.", exception);
        }
        Validate?.Invoke(parameters);
        return new CheckedParameters(JsonSerializer.Serialize(parameters, _parameters), ActiveKey?.Invoke(parameters) is { Length: > 0 } key ? $"{Project}/{_name}/{key}" : "");
    }

    private JsonObject WithDefaults(JsonObject given) => MergedParameters.Of(Defaults is null ? [] : JsonSerializer.SerializeToNode(Defaults, _parameters)!.AsObject(), given);

    private static void CheckName(string name)
    {
        if (!Name().IsMatch(name))
            throw new ArgumentException($"'{Storage.MetadataText.Quote(name)}' cannot be a name here: write 1 to 60 of a-z, 0-9, - and _.");
    }

    [GeneratedRegex("^[a-z0-9_-]{1,60}$")]
    private static partial Regex Name();
}
