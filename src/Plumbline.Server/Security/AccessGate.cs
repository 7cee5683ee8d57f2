using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Plumbline.Server.OpenInference;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Security;

/// <summary>Who may ask, and how often: API keys and rate limits. Trusted loopback passes without a look at either, where it is asked for by a name of its own.</summary>
internal sealed class AccessGate : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly SearchValues<char> Address = SearchValues.Create("0123456789.");
    private static readonly string[] Probes = ["/health", "/readiness", "/ready", .. OpenInferenceApi.Probes];

    private readonly KeyQuota[] _keys;
    private readonly PartitionedRateLimiter<IPAddress> _anonymous;
    private readonly bool _trustLoopback;

    public AccessGate(ListenerOptions options)
    {
        _trustLoopback = options.TrustLoopback;
        _keys = [.. options.ApiKeys.Select(key => new KeyQuota(key, new FixedWindowRateLimiter(PerMinute(key.RequestsPerMinute))))];
        _anonymous = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
            address => RateLimitPartition.GetFixedWindowLimiter(Network(address), _ => PerMinute(options.AnonymousRequestsPerMinute)));
    }

    /// <returns>The name of the key that was shown; null for none.</returns>
    /// <exception cref="ProblemException">The request may not pass.</exception>
    public string? Check(HttpContext context)
    {
        var key = _keys.Length == 0 ? null : PresentedKey.Of(context.Request.Headers);
        var address = context.Connection.RemoteIpAddress;
        if (key is null && IsProbe(context.Request.Path))
            return null;
        if (key is null && _trustLoopback && address is not null && IPAddress.IsLoopback(address))
            return IsOfThisMachine(context.Request.Host.Value) ? null : throw new ProblemException(Problem.Misdirected(context.Request.Host.Value!));
        if (key is not null && Find(key) is { } quota)
        {
            Take(quota.Limiter.AttemptAcquire(), $"This key may ask {quota.Key.RequestsPerMinute} times a minute.");
            return quota.Key.Name;
        }
        Take(_anonymous.AttemptAcquire(address ?? IPAddress.None), "Without a valid API key only a few requests a minute are answered.");
        if (_keys.Length > 0)
            throw new ProblemException(Problem.Unauthorized(key is null ? "Send Authorization: Bearer <key>, Authorization: Basic with the key's name and the key, or X-API-Key: <key>." : "The API key is unknown."));
        return null;
    }

    /// <summary>The name of the valid key that a request shows, without a look at its quota; null for none.</summary>
    public string? NameOf(HttpContext context) => _keys.Length > 0 && PresentedKey.Of(context.Request.Headers) is { } key ? Find(key)?.Key.Name : null;

    public void Dispose()
    {
        _anonymous.Dispose();
        foreach (var key in _keys)
            key.Limiter.Dispose();
    }

    private static FixedWindowRateLimiterOptions PerMinute(int permits) => new() { PermitLimit = permits, Window = Minute, QueueLimit = 0 };

    /// <summary>Looks at every key, so that the time it takes tells nothing.</summary>
    private KeyQuota? Find(PresentedKey presented)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(presented.Secret), digest);
        KeyQuota? found = null;
        foreach (var key in _keys)
        {
            if (key.Key.Matches(digest) && (presented.Name is null || presented.Name == key.Key.Name))
                found = key;
        }
        return found;
    }

    private static bool IsProbe(PathString path)
    {
        foreach (var probe in Probes)
        {
            if (path.Equals(probe, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Whether a host is an address or a name that no other machine has. A page whose own name was made to lead here (DNS rebinding) is let in by a browser as if this were its server: what it sends has that name.
    /// </summary>
    private static bool IsOfThisMachine(ReadOnlySpan<char> host)
    {
        var colon = host.LastIndexOf(':');
        var name = (colon < 0 ? host : host[..colon]).TrimEnd('.');
        return host.StartsWith('[') || !name.Contains('.') || !name.ContainsAnyExcept(Address) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>One client has a whole IPv6 /64 to take addresses from.</summary>
    private static IPAddress Network(IPAddress address)
    {
        const int PrefixBytes = 8;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(PrefixBytes).Clear();
        return new IPAddress(bytes);
    }

    private static void Take(RateLimitLease lease, string detail)
    {
        using (lease)
        {
            if (!lease.IsAcquired)
                throw new ProblemException(Problem.RateLimited(detail, lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Minute));
        }
    }

    private sealed record KeyQuota(ApiKey Key, RateLimiter Limiter);
}
