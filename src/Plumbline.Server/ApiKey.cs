using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Server;

/// <summary>A client's key and quota. Keeps the SHA-256 of the secret only, so that nothing can print it.</summary>
public sealed class ApiKey
{
    private const int ShortestSecret = 16;
    private readonly byte[] _digest;

    /// <param name="name">What logs call the client.</param>
    /// <param name="secret">At least 16 visible ASCII characters.</param>
    /// <param name="requestsPerMinute">At least 1.</param>
    /// <exception cref="ArgumentException">Names the key that is wrong; never the secret.</exception>
    public ApiKey(string name, string secret, int requestsPerMinute)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new ArgumentException("server.api_keys.name: every key needs a name.", nameof(name));
        if (secret is null || secret.Length < ShortestSecret || secret.Any(c => c is < '!' or > '~'))
            throw new ArgumentException($"server.api_keys.secret of '{name}': at least {ShortestSecret} visible ASCII characters are needed.", nameof(secret));
        if (requestsPerMinute < 1)
            throw new ArgumentException($"server.api_keys.requests_per_minute of '{name}': {requestsPerMinute} is not at least 1.", nameof(requestsPerMinute));
        Name = name;
        RequestsPerMinute = requestsPerMinute;
        _digest = SHA256.HashData(Encoding.ASCII.GetBytes(secret));
    }

    public string Name { get; }

    public int RequestsPerMinute { get; }

    /// <summary>In constant time, whatever the secret that was presented looks like.</summary>
    internal bool Matches(ReadOnlySpan<byte> digestOfPresented) => CryptographicOperations.FixedTimeEquals(_digest, digestOfPresented);
}
