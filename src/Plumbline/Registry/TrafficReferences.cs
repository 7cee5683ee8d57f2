using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>The versions that a model's traffic plan and its running rollout name by number: servers answer with them, whatever aliases say.</summary>
internal static class TrafficReferences
{
    public static HashSet<long> Of(DbConnection connection, string name)
    {
        var plans = connection.Query("SELECT body FROM traffic_plans WHERE name = @name", row => row.GetString(0), ("name", name));
        var rollouts = connection.Query("SELECT definition FROM rollouts WHERE model = @name AND phase = 'running'", row => row.GetString(0), ("name", name));
        return [.. plans.Concat(rollouts).Select(body => JsonNode.Parse(body)!).SelectMany(Named).Select(NumberOf).OfType<long>()];
    }

    private static IEnumerable<string?> Named(JsonNode body) => Versions(body["candidates"]).Concat(Versions(body["shadows"])).Prepend((string?)body["stable"]);

    private static IEnumerable<string?> Versions(JsonNode? shares) => shares?.AsArray().Select(share => (string?)share!["version"]) ?? [];

    /// <param name="reference">An alias, <c>3</c> or <c>name/3</c>.</param>
    private static long? NumberOf(string? reference) =>
        long.TryParse(reference.AsSpan(reference?.LastIndexOf('/') + 1 ?? 0), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
