using Plumbline.Inference.Caching;
using Plumbline.Storage;

namespace Plumbline.Projects;

/// <summary>Reads <c>server.cache</c>.</summary>
internal static class CacheSection
{
    private const int BytesPerMebibyte = 1024 * 1024;
    private const double MostSeconds = 31_536_000;

    /// <returns>Null where the section is absent.</returns>
    public static PredictionCacheOptions? Read(YamlSection cache, List<string> keys)
    {
        var options = new PredictionCacheOptions { Always = true };
        options = options with
        {
            MemoryBytes = cache.Number<int>("memory_mib") is { } mebibytes ? (long)mebibytes * BytesPerMebibyte : options.MemoryBytes,
            TimeToLive = cache.Seconds("ttl_seconds", MostSeconds) ?? options.TimeToLive,
            Redis = ReadRedis(cache.Section("redis"), keys),
        };
        cache.Finish(keys);
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw cache.Error($"cannot be used: {exception.Message.TrimEnd('.')}");
        }
        return cache.IsPresent ? options : null;
    }

    private static RedisOptions? ReadRedis(YamlSection redis, List<string> keys)
    {
        var options = new RedisOptions { Address = redis.Text("address") ?? "" };
        options = options with
        {
            Password = redis.Secret("password")?.Reveal(),
            Tls = redis.Flag("tls") ?? options.Tls,
            Prefix = redis.Text("prefix") ?? options.Prefix,
            Timeout = redis.Seconds("timeout_seconds", 60) ?? options.Timeout,
        };
        redis.Finish(keys);
        return redis.IsPresent ? options : null;
    }
}
