using System.Text.Json;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Plumbline.Inference.Flags;

/// <summary>A flag as the library takes it.</summary>
internal sealed class CompiledFlag
{
    private readonly Dictionary<string, JsonElement> _values;
    private readonly bool _isTargeted;

    public CompiledFlag(string name, FlagDefinition flag)
    {
        var (filters, variants) = (flag.Filters ?? [], flag.Variants ?? []);
        _values = variants.ToDictionary(variant => variant.Name, variant => variant.Value, StringComparer.Ordinal);
        var allocates = flag.Allocation is { Users.Count: > 0 } or { Groups.Count: > 0 } or { Percentiles.Count: > 0 };
        IsEnabled = flag.Enabled;
        IsConstant = !flag.Enabled || (filters.Count == 0 && !allocates);
        AsksForUser = !IsConstant && (filters.Any(filter => filter.Targeting is not null) || flag.Allocation is { Users.Count: > 0 } or { Percentiles.Count: > 0 });
        AsksForGroups = !IsConstant && (filters.Any(filter => filter.Targeting is { Groups.Count: > 0 } or { Exclusion.Groups.Count: > 0 }) || flag.Allocation is { Groups.Count: > 0 });
        _isTargeted = filters.Any(filter => filter.Percentage is null) || flag.Allocation is { Users.Count: > 0 } or { Groups.Count: > 0 };
        Feature = new FeatureDefinition
        {
            Name = name,
            Status = flag.Enabled ? FeatureStatus.Conditional : FeatureStatus.Disabled,
            RequirementType = flag.Requirement,
            EnabledFor = filters.Count == 0 ? [new FeatureFilterConfiguration { Name = "AlwaysOn" }] : [.. filters.Select(Filter)],
            Variants = [.. variants.Select(variant => new VariantDefinition { Name = variant.Name, StatusOverride = variant.StatusOverride })],
            Allocation = flag.Allocation is { } allocation ? Allocation(allocation) : null,
        };
    }

    public FeatureDefinition Feature { get; }

    /// <summary>Whether it is not off for everybody.</summary>
    public bool IsEnabled { get; }

    /// <summary>Whether it is the same for everybody at all times.</summary>
    public bool IsConstant { get; }

    /// <summary>Whether it matters who the user is.</summary>
    public bool AsksForUser { get; }

    public bool AsksForGroups { get; }

    public bool HasVariants => _values.Count > 0;

    /// <summary>Of a constant flag, once it was evaluated.</summary>
    public FlagEvaluation? Constant { get; set; }

    public FlagEvaluation Evaluated(bool enabled, string? variant) => new(
        enabled, variant, variant is null ? default : _values[variant],
        !IsEnabled ? FlagReason.Disabled : IsConstant ? FlagReason.Static : !enabled ? FlagReason.Default : _isTargeted ? FlagReason.TargetingMatch : FlagReason.Split);

    private static FeatureFilterConfiguration Filter(FlagFilter filter) => filter switch
    {
        { Percentage: { } percentage } => new() { Name = "Microsoft.Percentage", ParametersObject = new PercentageFilterSettings { Value = percentage } },
        { Targeting: { } audience } => new() { Name = "Microsoft.Targeting", ParametersObject = new TargetingFilterSettings { Audience = audience } },
        _ => new() { Name = "Microsoft.TimeWindow", ParametersObject = filter.TimeWindow },
    };

    private static Allocation Allocation(FlagAllocation allocation) => new()
    {
        DefaultWhenEnabled = allocation.DefaultWhenEnabled,
        DefaultWhenDisabled = allocation.DefaultWhenDisabled,
        User = allocation.Users?.Select(one => new UserAllocation { Variant = one.Variant, Users = one.Users }).ToArray(),
        Group = allocation.Groups?.Select(one => new GroupAllocation { Variant = one.Variant, Groups = one.Groups }).ToArray(),
        Percentile = allocation.Percentiles?.Select(one => new PercentileAllocation { Variant = one.Variant, From = one.From, To = one.To }).ToArray(),
        Seed = allocation.Seed,
    };
}
