using Plumbline.Inference.Flags;
using Prometheus;

namespace Plumbline.Server.Flags;

/// <summary>The flags that hold at one time: those of the store, and those of the project that the store does not have. Immutable.</summary>
internal sealed class FlagsInForce
{
    private readonly Dictionary<string, ServedFlag> _byName;
    private readonly ServedFlag?[] _builtIn;
    private readonly Lazy<FlagEvaluator> _evaluator;

    public FlagsInForce(KnownFlags known, IReadOnlyDictionary<string, FlagDefinition> defaults, Counter evaluations, TimeProvider time)
    {
        Known = known;
        var flags = known.Flags.Concat(defaults.Where(flag => !known.Flags.ContainsKey(flag.Key)).Select(flag => KeyValuePair.Create(flag.Key, new StoredFlag(flag.Value, 0))));
        _byName = flags.ToDictionary(flag => flag.Key, flag => new ServedFlag(flag.Key, flag.Value, BuiltInFlags.Names.Contains(flag.Key), evaluations), StringComparer.Ordinal);
        _builtIn = [.. BuiltInFlags.Names.Select(_byName.GetValueOrDefault)];
        All = [.. _byName.Values.OrderBy(flag => flag.Name, StringComparer.Ordinal)];
        // Made when it is needed: a server without flags does not load the library.
        _evaluator = new Lazy<FlagEvaluator>(() => new FlagEvaluator(_byName.Select(flag => KeyValuePair.Create(flag.Key, flag.Value.Definition)), time));
    }

    /// <summary>What the store has.</summary>
    public KnownFlags Known { get; }

    /// <summary>By name.</summary>
    public IReadOnlyList<ServedFlag> All { get; }

    public FlagEvaluator Evaluator => _evaluator.Value;

    public ServedFlag? Find(string name) => _byName.GetValueOrDefault(name);

    public ServedFlag? Find(ServerFeature flag) => _builtIn[(int)flag];
}
