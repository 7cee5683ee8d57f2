using Plumbline.Storage;

namespace Plumbline.Inference.Caching;

/// <summary>Which answers are kept to be given again: docs/specs/prediction-cache.md. Immutable.</summary>
public sealed record PredictionCacheOptions
{
    /// <summary>Of linear models, too, whose answers are computed nearly as fast as they are found.</summary>
    public bool Always { get; init; }

    /// <summary>Memory for answers; 0 keeps none.</summary>
    public long MemoryBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Where servers share answers; null: they do not.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>How long Redis keeps an answer that nobody gives again. What is kept never becomes wrong.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentException">A value cannot be used; the message names the key of plumbline.yaml.</exception>
    public void Validate()
    {
        if (MemoryBytes is < 0 or > 1L << 40)
            throw new ArgumentException("server.cache.memory_mib is not within 0 and 1,048,576.");
        if (TimeToLive < TimeSpan.FromSeconds(1) || TimeToLive > TimeSpan.FromDays(365))
            throw new ArgumentException("server.cache.ttl_seconds is not within 1 and 31,536,000.");
        Redis?.Validate("server.cache.redis");
    }
}
