namespace Plumbline.Storage;

/// <summary>Where Redis is, and how long it is waited for. Printing shows no secret.</summary>
public sealed record RedisOptions
{
    /// <summary><c>host:port</c>; several, with commas between, for a cluster.</summary>
    public required string Address { get; init; }

    public string? Password { get; init; }

    /// <summary>Whether it is spoken to over TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>Begins every key, so that several users can share one.</summary>
    public string Prefix { get; init; } = "plumbline";

    /// <summary>How long an answer is waited for before it is done without.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(50);

    public override string ToString() => $"redis {Address}";

    /// <param name="key">Of <c>plumbline.yaml</c>, for messages.</param>
    /// <exception cref="ArgumentException">A value cannot be used; the message names the key.</exception>
    public void Validate(string key)
    {
        if (string.IsNullOrWhiteSpace(Address))
            throw new ArgumentException($"{key}.address: name the host:port of Redis.");
        if (Address.Contains('='))
            throw new ArgumentException($"{key}.address: only host:port, with commas between several; the password is {key}.password.");
        if (Prefix.Length == 0 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'))
            throw new ArgumentException($"{key}.prefix: only letters, digits and - _ . : make a prefix.");
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromMinutes(1))
            throw new ArgumentException($"{key}.timeout_seconds is not above 0 and at most 60.");
    }
}
