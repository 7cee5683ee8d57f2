using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Plumbline.Inference.Flags;

/// <summary>Evaluates a set of flags by Microsoft.FeatureManagement. Immutable and thread-safe. A flag that is the same for everybody is evaluated once; another allocates a little each time.</summary>
public sealed class FlagEvaluator
{
    private readonly FrozenDictionary<string, CompiledFlag> _flags;
    private readonly FeatureManager _library;
    private readonly Outcomes _outcomes = new();

    /// <param name="flags">Valid definitions by name.</param>
    public FlagEvaluator(IEnumerable<KeyValuePair<string, FlagDefinition>> flags, TimeProvider time)
    {
        _flags = flags.ToFrozenDictionary(flag => flag.Key, flag => new CompiledFlag(flag.Key, flag.Value), StringComparer.Ordinal);
        _library = new FeatureManager(new Definitions(_flags), new FeatureManagementOptions())
        {
            FeatureFilters = [new PercentageFilter(), new ContextualTargetingFilter(), new TimeWindowFilter { SystemClock = time }],
            SessionManagers = [_outcomes],
        };
    }

    public bool Has(string name) => _flags.ContainsKey(name);

    /// <summary>What a flag is for everybody at all times; null where that depends, and for one that has not been evaluated before.</summary>
    public FlagEvaluation? Constant(string name) => _flags[name].Constant;

    /// <summary>Whether it matters to a flag who the user is.</summary>
    public bool AsksForUser(string name) => _flags[name].AsksForUser;

    /// <summary>Whether it matters to a flag in which groups the user is.</summary>
    public bool AsksForGroups(string name) => _flags[name].AsksForGroups;

    /// <param name="name">Of a flag that is there.</param>
    public ValueTask<FlagEvaluation> EvaluateAsync(string name, FlagContext context)
    {
        var flag = _flags[name];
        return flag.Constant is { } constant ? new(constant) : EvaluateAsync(flag, context);
    }

    private async ValueTask<FlagEvaluation> EvaluateAsync(CompiledFlag flag, FlagContext context)
    {
        FlagEvaluation evaluated;
        if (flag.HasVariants)
        {
            var outcome = _outcomes.Begin();
            var variant = await _library.GetVariantAsync(flag.Feature.Name, context).ConfigureAwait(false);
            evaluated = flag.Evaluated(outcome.Value, variant.Name);
        }
        else
        {
            evaluated = flag.Evaluated(await _library.IsEnabledAsync(flag.Feature.Name, context, CancellationToken.None).ConfigureAwait(false), null);
        }
        if (flag.IsConstant)
            flag.Constant = evaluated;
        return evaluated;
    }

    private sealed class Definitions(FrozenDictionary<string, CompiledFlag> flags) : IFeatureDefinitionProvider
    {
        public Task<FeatureDefinition> GetFeatureDefinitionAsync(string featureName) => Task.FromResult(flags.GetValueOrDefault(featureName)?.Feature!);

        public IAsyncEnumerable<FeatureDefinition> GetAllFeatureDefinitionsAsync() => flags.Values.Select(flag => flag.Feature).ToAsyncEnumerable();
    }

    /// <summary>The library says which variant somebody gets or whether the feature is on, not both; what it tells a session is the latter, of the same draw.</summary>
    private sealed class Outcomes : ISessionManager
    {
        private readonly AsyncLocal<StrongBox<bool>?> _asked = new();

        public StrongBox<bool> Begin() => _asked.Value = new StrongBox<bool>();

        public Task<bool?> GetAsync(string featureName) => Task.FromResult<bool?>(null);

        public Task SetAsync(string featureName, bool enabled)
        {
            if (_asked.Value is { } asked)
                asked.Value = enabled;
            return Task.CompletedTask;
        }
    }
}
