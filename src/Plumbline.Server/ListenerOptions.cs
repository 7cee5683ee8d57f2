using System.Net;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server;

/// <summary>Where a server listens and whom it answers. Immutable.</summary>
public abstract record ListenerOptions
{
    /// <summary>IP address or <c>localhost</c>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    public IReadOnlyList<ApiKey> ApiKeys { get; init; } = [];

    /// <summary>For requests without a valid key from one address outside loopback.</summary>
    public int AnonymousRequestsPerMinute { get; init; } = 10;

    /// <summary>Requests from loopback need no key and are not limited. False behind a reverse proxy on the same machine.</summary>
    public bool TrustLoopback { get; init; } = true;

    /// <summary>From SIGTERM to the end of the process, at most.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where traces, metrics and logs are sent; null: nowhere. Stays its owner's, and must outlive the server.</summary>
    public TelemetryExport? Telemetry { get; init; }

    internal IPAddress ParseAddress() =>
        Address == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Address);

    private protected IEnumerable<string> ListenerFaults()
    {
        if (Address != "localhost" && !IPAddress.TryParse(Address, out _))
            yield return $"server.address: '{Address}' is neither an IP address nor localhost.";
        else if (!IPAddress.IsLoopback(ParseAddress()) && ApiKeys.Count == 0)
            yield return $"server.address: {Address} is reachable from other machines; set server.api_keys first, or listen on 127.0.0.1.";
        if (Port is < 0 or > IPEndPoint.MaxPort)
            yield return $"server.port: {Port} is not between 0 and {IPEndPoint.MaxPort}.";
        foreach (var name in ApiKeys.CountBy(key => key.Name, StringComparer.Ordinal).Where(count => count.Value > 1))
            yield return $"server.api_keys: the name '{name.Key}' is given to {name.Value} keys.";
        if (AnonymousRequestsPerMinute < 1)
            yield return $"server.anonymous_requests_per_minute: {AnonymousRequestsPerMinute} is not at least 1.";
        if (Grace <= TimeSpan.Zero || Grace > TimeSpan.FromHours(1))
            yield return $"server.grace_seconds: {Grace.TotalSeconds} is not above 0 and at most 3600.";
    }
}
