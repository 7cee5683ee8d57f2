using System.Text.Json;

namespace Plumbline.Storage;

/// <summary>Who did what to what, when, from where and why.</summary>
/// <param name="Id">From 1; grows with the order of commits, without gaps, so that nothing is missed by who reads on from the last one seen.</param>
/// <param name="Time">Unix ms.</param>
/// <param name="Action">Such as <c>alias.set</c>.</param>
/// <param name="Subject">Such as <c>reviews@champion</c>.</param>
/// <param name="Detail">A JSON object.</param>
/// <param name="Origin">From where: <see cref="AuditOrigin"/> as JSON; empty in events from before that was kept.</param>
/// <param name="Hash">Of this event and all before it, 64 lower-case hex digits; empty in events from before there was a chain.</param>
public sealed record AuditEvent(long Id, long Time, string Actor, string Action, string Subject, string Detail, string Origin, string Hash)
{
    /// <summary>Why, where the detail says so.</summary>
    public string? Reason
    {
        get
        {
            using var detail = JsonDocument.Parse(Detail);
            return detail.RootElement.ValueKind == JsonValueKind.Object && detail.RootElement.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String
                ? reason.GetString()
                : null;
        }
    }
}
