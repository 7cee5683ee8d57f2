using Microsoft.FeatureManagement.FeatureFilters;

namespace Plumbline.Inference.Flags;

/// <summary>Who a flag is evaluated for.</summary>
/// <param name="userId">Null: nobody in particular; all such are at the same percentile.</param>
public sealed class FlagContext(string? userId, IEnumerable<string>? groups = null) : ITargetingContext
{
    /// <summary>Nobody in particular.</summary>
    public static FlagContext Nobody { get; } = new(null);

    // The library's interface knows no null, and takes it.

    public string UserId { get; set; } = userId!;

    public IEnumerable<string> Groups { get; set; } = groups ?? [];
}
