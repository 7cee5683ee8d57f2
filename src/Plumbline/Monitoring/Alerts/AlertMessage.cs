using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Notices that go to one notifier together. Immutable.</summary>
/// <param name="Id">32 hex digits, the same whenever it is sent.</param>
/// <param name="Attempts">Tries so far.</param>
/// <param name="NextAttempt">Not before then.</param>
/// <param name="Fault">What the last try came to; null before the first.</param>
public sealed record AlertMessage(string Id, string Model, string Notifier, IReadOnlyList<AlertNotice> Notices, DateTimeOffset Created, int Attempts, DateTimeOffset NextAttempt, string? Fault)
{
    /// <summary>How it stands, without what it says of each alert.</summary>
    /// <param name="withFault">Whether with what the last try came to, which names the receiver's host.</param>
    public JsonObject ToJson(bool withFault = true)
    {
        var json = new JsonObject
        {
            ["id"] = Id,
            ["model"] = Model,
            ["notifier"] = Notifier,
            ["rule"] = Notices[0].Alert.Rule,
            ["event"] = Notices[0].Event.ToString().ToLowerInvariant(),
            ["alerts"] = new JsonArray([.. Notices.Select(notice => JsonValue.Create(notice.Alert.Id))]),
            ["created"] = Created.UtcDateTime,
            ["attempts"] = Attempts,
            ["next_attempt"] = NextAttempt.UtcDateTime,
        };
        if (withFault)
            json["fault"] = Fault;
        return json;
    }
}
