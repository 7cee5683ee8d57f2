using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>What a caller was assigned to a version by, and sends again to stay with it: docs/specs/serving.md.</summary>
internal static class TrafficRoute
{
    public const string Header = "X-Plumbline-Route";

    /// <summary>Null where none was sent, or none that can be one.</summary>
    public static string? Sent(HttpRequest request) => request.Headers.TryGetValue(Header, out var sent) && RequestId.IsValid(sent) ? sent.ToString() : null;
}
