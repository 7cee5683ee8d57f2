using System.Text.Json;

namespace Plumbline.Inference.Flags;

/// <summary>What a flag is for somebody.</summary>
/// <param name="Variant">Null of a flag without variants.</param>
/// <param name="Value">Of the variant; undefined without one.</param>
public sealed record FlagEvaluation(bool Enabled, string? Variant, JsonElement Value, FlagReason Reason);

/// <summary>Why, in OpenFeature's words.</summary>
public enum FlagReason
{
    /// <summary>The same for everybody.</summary>
    Static,

    /// <summary>A filter or an allocation by name or time applies.</summary>
    TargetingMatch,

    /// <summary>A share applies.</summary>
    Split,

    /// <summary>No filter applies.</summary>
    Default,

    /// <summary>The flag is off for everybody.</summary>
    Disabled,
}
