using System.Net;
using Microsoft.Extensions.Options;
using Plumbline.Features.Online;

namespace Plumbline.Server;

/// <summary>
/// What to serve and to whom: the <c>server</c> section of <c>plumbline.yaml</c>. Immutable.
/// <see cref="Validate"/> is called when the server starts.
/// </summary>
public sealed record ServerOptions
{
    /// <summary>Directory of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>Registered name of the model, if it has one.</summary>
    public string? ModelName { get; init; }

    /// <summary>Registered version, from 1; null where the bundle is served by its digest.</summary>
    public int? ModelVersion { get; init; }

    /// <summary>IP address or <c>localhost</c>.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    public IReadOnlyList<ApiKey> ApiKeys { get; init; } = [];

    public RequestLimits Limits { get; init; } = new();

    /// <summary>Where aggregates of users and items are looked up; only models that have some need it.</summary>
    public FeatureStoreOptions? FeatureStore { get; init; }

    /// <summary>Folder in which the aggregates that predictions were made with are recorded; null records none.</summary>
    public string? ServedFeatures { get; init; }

    /// <summary>From the first byte of a body to its answer; longer is answered with 504.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For requests without a valid key from one address outside loopback.</summary>
    public int AnonymousRequestsPerMinute { get; init; } = 10;

    /// <summary>Requests from loopback need no key and are not limited. False behind a reverse proxy on the same machine.</summary>
    public bool TrustLoopback { get; init; } = true;

    /// <summary>From SIGTERM to the end of the process, at most.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="OptionsValidationException">Names every key that is wrong, and why.</exception>
    public void Validate()
    {
        var faults = Faults().ToArray();
        if (faults.Length > 0)
            throw new OptionsValidationException("server", typeof(ServerOptions), faults);
    }

    internal IPAddress ParseAddress() =>
        Address == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Address);

    private IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Bundle))
            yield return "server.bundle: name the directory of a bundle.";
        if (ModelVersion is < 1)
            yield return $"server.model_version: {ModelVersion} is not a version; versions count from 1.";
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
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1))
            yield return $"server.timeout_seconds: {Timeout.TotalSeconds} is not above 0 and at most 3600.";
        if (Grace <= TimeSpan.Zero || Grace > TimeSpan.FromHours(1))
            yield return $"server.grace_seconds: {Grace.TotalSeconds} is not above 0 and at most 3600.";
        foreach (var fault in Limits.Faults())
            yield return fault;
        if (StoreFault() is { } storeFault)
            yield return storeFault;
    }

    private string? StoreFault()
    {
        try
        {
            FeatureStore?.Validate();
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
