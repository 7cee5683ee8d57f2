using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Plumbline.Storage;

namespace Plumbline.Inference.Flags;

/// <summary>For whom a feature is on, and in which variant: docs/specs/flags.md. Immutable.</summary>
/// <param name="Enabled">False: off for everybody, whatever else it says.</param>
/// <param name="Requirement">Whether any or all of the filters must hold.</param>
/// <param name="Filters">Null or empty: on for everybody.</param>
/// <param name="Variants">Null or empty: the flag's value is whether it is on.</param>
/// <param name="Allocation">Who gets which variant; there with <paramref name="Variants"/> only.</param>
public sealed record FlagDefinition(
    bool Enabled = true,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] RequirementType Requirement = RequirementType.Any,
    IReadOnlyList<FlagFilter>? Filters = null,
    IReadOnlyList<FlagVariant>? Variants = null,
    FlagAllocation? Allocation = null)
{
    /// <exception cref="MetadataException">Invalid: it is no definition; the message names the key.</exception>
    public static FlagDefinition Parse(string json)
    {
        try
        {
            var definition = JsonSerializer.Deserialize(json, FlagJson.Of<FlagDefinition>()) ?? throw new JsonException("A flag is an object, not null.");
            definition.Validate();
            return definition;
        }
        catch (JsonException exception)
        {
            var key = exception.Path is { Length: > 2 } path ? path[2..] : "$";
            throw new MetadataException(MetadataError.Invalid, $"{key}: this is no flag; see enabled, requirement, filters, variants and allocation.", exception);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, FlagJson.Of<FlagDefinition>());

    /// <exception cref="MetadataException">Invalid: a value is out of its range; the message names the key.</exception>
    public void Validate()
    {
        if (FlagValidation.Faults(this).FirstOrDefault() is { } fault)
            throw new MetadataException(MetadataError.Invalid, fault);
    }
}

/// <summary>A condition; one of its members is there.</summary>
/// <param name="Percentage">Of evaluations, drawn at random each time: 0 to 100.</param>
/// <param name="Targeting">By user and group.</param>
/// <param name="TimeWindow">By time, once or again and again.</param>
public sealed record FlagFilter(int? Percentage = null, Audience? Targeting = null, TimeWindowFilterSettings? TimeWindow = null);

/// <param name="Value">Any JSON but null.</param>
/// <param name="StatusOverride">Whether who gets this variant has the feature on or off, whatever the filters say.</param>
public sealed record FlagVariant(
    string Name, JsonElement Value, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] StatusOverride StatusOverride = StatusOverride.None);

/// <summary>Users before groups before percentiles; the first that applies counts.</summary>
/// <param name="DefaultWhenEnabled">Variant of who has the feature on and is named nowhere.</param>
/// <param name="DefaultWhenDisabled">Variant of who has it off.</param>
/// <param name="Seed">Flags of one seed put a user at the same percentile; the flag's own if null.</param>
public sealed record FlagAllocation(
    string DefaultWhenEnabled, string DefaultWhenDisabled, IReadOnlyList<AllocatedUsers>? Users = null, IReadOnlyList<AllocatedGroups>? Groups = null,
    IReadOnlyList<AllocatedPercentile>? Percentiles = null, string? Seed = null);

public sealed record AllocatedUsers(string Variant, IReadOnlyList<string> Users);

public sealed record AllocatedGroups(string Variant, IReadOnlyList<string> Groups);

/// <param name="From">Percentile, from 0, inclusive.</param>
/// <param name="To">Percentile, up to 100, exclusive but for 100.</param>
public sealed record AllocatedPercentile(string Variant, double From, double To);
