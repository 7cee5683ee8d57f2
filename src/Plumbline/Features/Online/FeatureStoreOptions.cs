using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>Where a feature store lives.</summary>
public enum FeatureStoreKind
{
    /// <summary>In the memory of the serving process, kept in a folder.</summary>
    Embedded,

    /// <summary>In Redis 7, shared by all replicas.</summary>
    Redis,
}

/// <summary>Which feature store to use, and what stands for what it does not know: <c>features.store</c> of <c>plumbline.yaml</c>. Printing shows no secret.</summary>
public sealed record FeatureStoreOptions
{
    public FeatureStoreKind Kind { get; init; }

    /// <summary>Folder of an embedded store; made if absent.</summary>
    public string Folder { get; init; } = "";

    /// <summary><c>host:port</c> of Redis; several, with commas between, for a cluster.</summary>
    public string? Address { get; init; }

    public string? Password { get; init; }

    /// <summary>Whether Redis is spoken to over TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>Begins every key in Redis, so that several models can share one.</summary>
    public string Prefix { get; init; } = "plumbline";

    /// <summary>How long an entity that is not updated stays known; null is for ever, which alone lets a store be complete.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long a prediction waits for Redis before it does without.</summary>
    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>By name of an aggregate: the value of an entity that is not known. Without one the training mean stands for it.</summary>
    public IReadOnlyDictionary<string, double> Defaults { get; init; } = new Dictionary<string, double>();

    public override string ToString() => Kind == FeatureStoreKind.Redis ? $"redis {Address}" : $"embedded {Folder}";

    /// <exception cref="ArgumentException">A value cannot be used; the message names the key of plumbline.yaml.</exception>
    public void Validate()
    {
        if (Kind == FeatureStoreKind.Redis && string.IsNullOrWhiteSpace(Address))
            throw new ArgumentException("features.store.address: name the host:port of Redis.");
        if (Kind == FeatureStoreKind.Redis && Address!.Contains('='))
            throw new ArgumentException("features.store.address: only host:port, with commas between several; the password is features.store.password.");
        if (Kind == FeatureStoreKind.Embedded && Address is not null)
            throw new ArgumentException("features.store.address: only a store of kind redis has an address.");
        if (Kind == FeatureStoreKind.Embedded && Folder.Length == 0)
            throw new ArgumentException("features.store: an embedded store needs a folder.");
        if (Prefix.Length == 0 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'))
            throw new ArgumentException("features.store.prefix: only letters, digits and - _ . : make a prefix.");
        if (TimeToLive is { } timeToLive && (timeToLive < TimeSpan.FromSeconds(1) || timeToLive > TimeSpan.FromDays(36_500)))
            throw new ArgumentException("features.store.ttl is not within 1 second to 36,500 days.");
        if (LookupTimeout <= TimeSpan.Zero || LookupTimeout > TimeSpan.FromMinutes(1))
            throw new ArgumentException("features.store.timeout_seconds is not above 0 and at most 60.");
        foreach (var (name, value) in Defaults)
        {
            if (!EntityFeature.TryParse(name, out _))
                throw new ArgumentException($"features.store.defaults: '{name}' is not one of {string.Join(", ", EntityFeature.All.Select(feature => feature.Name))}.");
            if (!float.IsFinite((float)value))
                throw new ArgumentException($"features.store.defaults.{name} is not a finite number of 32 bits.");
        }
    }
}
