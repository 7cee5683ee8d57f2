using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts;

/// <summary>A rule that was broken for one set of labels, from beginning to end, or an event: docs/specs/alerts.md. Immutable; times are UTC.</summary>
/// <param name="DedupKey">The same for all that is told of the same thing, in every episode.</param>
/// <param name="Value">The observation when it was last beyond the limit; of an event null.</param>
/// <param name="Why">What happened, with values.</param>
/// <param name="Started">Since when the condition holds.</param>
public sealed record Alert(
    string Id, string Model, string Rule, string DedupKey, AlertState State, AlertSeverity Severity, IReadOnlyDictionary<string, string> Labels, double? Value, string Why, string? Runbook, DateTimeOffset Started)
{
    private const int KeyLength = 32;

    public DateTimeOffset? Fired { get; init; }

    public DateTimeOffset? Resolved { get; init; }

    public DateTimeOffset? Acknowledged { get; init; }

    public string? AcknowledgedBy { get; init; }

    /// <summary>When the condition was last found to hold.</summary>
    internal DateTimeOffset Seen { get; init; } = Started;

    /// <summary>When it was last told.</summary>
    internal DateTimeOffset Told { get; init; } = Started;

    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AlertJson.Default.Alert);

    /// <summary>The dedup key of a rule and labels.</summary>
    public static string KeyOf(string model, string rule, IReadOnlyDictionary<string, string> labels)
    {
        var named = new JsonArray(model, rule);
        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            named.Add(name);
            named.Add(value);
        }
        return Hash(named);
    }

    /// <summary>The first 32 hex digits of a JSON's SHA-256.</summary>
    internal static string Hash(JsonNode json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.ToJsonString())))[..KeyLength];
}
