using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Storage;

namespace Plumbline.Inference.Routing;

/// <summary>Which versions of a model answer, each for which share, and which only listen: docs/specs/serving.md. Immutable.</summary>
public sealed record TrafficPlan
{
    public const string DefaultStable = "champion";

    internal const int MostVersions = 8;
    internal const int MostSalt = 100;

    // What is absent in JSON reaches generated code as null.

    /// <summary>Alias or number of the version that answers what no candidate does.</summary>
    public string Stable { get; init => field = value ?? DefaultStable; } = DefaultStable;

    /// <summary>Their shares are at most 1 together.</summary>
    public IReadOnlyList<TrafficShare> Candidates { get; init => field = value ?? []; } = [];

    /// <summary>What they answer nobody sees.</summary>
    public IReadOnlyList<TrafficShare> Shadows { get; init => field = value ?? []; } = [];

    public RoutingUnit Unit { get; init; }

    /// <summary>Another one assigns units anew.</summary>
    public string Salt { get; init => field = value ?? ""; } = "";

    /// <exception cref="MetadataException">Invalid: it is no plan; the message names the key.</exception>
    public static TrafficPlan Parse(string json)
    {
        try
        {
            var plan = JsonSerializer.Deserialize(json, TrafficJson.Default.TrafficPlan) ?? throw new JsonException("A plan is an object, not null.");
            plan.Validate();
            return plan;
        }
        catch (JsonException exception)
        {
            throw new MetadataException(MetadataError.Invalid, $"{exception.Path ?? "$"}: this is no traffic plan; see stable, candidates, shadows, unit and salt.", exception);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, TrafficJson.Default.TrafficPlan);

    /// <exception cref="MetadataException">Invalid: a value is out of its range; the message names the key.</exception>
    public void Validate()
    {
        if (Faults().FirstOrDefault() is { } fault)
            throw new MetadataException(MetadataError.Invalid, fault);
    }

    /// <summary>The first one counts: what is behind it may not be there.</summary>
    private IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Stable))
            yield return "stable: name an alias, such as champion, or the number of a version.";
        foreach (var (key, shares) in new[] { ("candidates", Candidates), ("shadows", Shadows) })
        {
            if (shares.Count > MostVersions)
                yield return $"{key}: {shares.Count} versions are more than {MostVersions}.";
            for (var i = 0; i < shares.Count; i++)
            {
                if (shares[i] is null)
                    yield return $"{key}[{i}]: it is null; write an object with version and share, or leave it out.";
                if (string.IsNullOrWhiteSpace(shares[i].Version))
                    yield return $"{key}[{i}].version: name an alias, such as challenger, or the number of a version.";
                if (!(shares[i].Share is > 0 and <= 1))
                    yield return FormattableString.Invariant($"{key}[{i}].share: {shares[i].Share} is not above 0 and at most 1.");
            }
            if (shares.GroupBy(share => share.Version, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
                yield return $"{key}: {MetadataText.Quote(twice.Key)} stands there twice.";
        }
        if (Candidates.Sum(candidate => candidate.Share) is > 1 + 1e-9 and var sum)
            yield return FormattableString.Invariant($"candidates: their shares are {sum} together, more than 1.");
        if (Salt.Length > MostSalt)
            yield return $"salt: it has {Salt.Length} characters, more than {MostSalt}.";
    }
}

/// <param name="Version">Alias or number.</param>
/// <param name="Share">Above 0, at most 1.</param>
public sealed record TrafficShare(string Version, double Share);

/// <summary>What is assigned to a version.</summary>
public enum RoutingUnit
{
    /// <summary>Each request for itself, unless its caller sends back what he was assigned by.</summary>
    Request,

    /// <summary>All requests of a user.</summary>
    User,

    /// <summary>All requests for an item.</summary>
    Item,
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true, Converters = [typeof(RoutingUnitConverter)])]
[JsonSerializable(typeof(TrafficPlan))]
internal sealed partial class TrafficJson : JsonSerializerContext
{
    private sealed class RoutingUnitConverter() : JsonStringEnumConverter<RoutingUnit>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
}
