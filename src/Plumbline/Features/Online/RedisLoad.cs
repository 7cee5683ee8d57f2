using System.Globalization;
using StackExchange.Redis;

namespace Plumbline.Features.Online;

/// <summary>
/// One load of a store in Redis. A key that expires keeps updates and other loads out while it goes on; each step renews it, and changes nothing where it is lost.
/// Not thread-safe.
/// </summary>
internal sealed class RedisLoad : IAsyncDisposable
{
    /// <summary>KEYS: loading. ARGV: who loads, and for how many milliseconds nobody else may. Returns 0 where that is lost.</summary>
    private const string Renew = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('PEXPIRE', KEYS[1], ARGV[2])

        """;

    private const string Delete = Renew + """
        for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
        return 1
        """;

    /// <summary>ARGV further: milliseconds until entities expire (0: never), then their states.</summary>
    private const string Set = Renew + """
        for i = 2, #KEYS do
          if ARGV[3] == '0' then redis.call('SET', KEYS[i], ARGV[i + 2]) else redis.call('SET', KEYS[i], ARGV[i + 2], 'PX', ARGV[3]) end
        end
        return 1
        """;

    /// <summary>KEYS further: complete. ARGV further: 1 where the store is so.</summary>
    private const string End = Renew + """
        if ARGV[3] == '1' then redis.call('SET', KEYS[2], '1') end
        redis.call('DEL', KEYS[1])
        return 1
        """;

    private const string Release = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly IDatabase _database;
    private readonly FeatureStoreOptions _options;
    private readonly RedisKey _loading;
    private readonly RedisKey _complete;
    private readonly RedisValue _token = Guid.NewGuid().ToString("N");

    private RedisLoad(IDatabase database, FeatureStoreOptions options, RedisKey loading, RedisKey complete)
    {
        _database = database;
        _options = options;
        _loading = loading;
        _complete = complete;
    }

    /// <exception cref="FeatureStoreException">InUse: another load goes on.</exception>
    public static async Task<RedisLoad> BeginAsync(IDatabase database, FeatureStoreOptions options, RedisKey loading, RedisKey complete)
    {
        var load = new RedisLoad(database, options, loading, complete);
        return await database.StringSetAsync(loading, load._token, Lease, When.NotExists).ConfigureAwait(false) ? load : throw new FeatureStoreException(
            FeatureStoreError.InUse, $"{options.Address} is being loaded by another process. If that one died, try again in {Lease.TotalSeconds} s.");
    }

    public Task DeleteAsync(RedisKey[] keys) => RunAsync(Delete, keys);

    public Task SetAsync(RedisKey[] keys, IEnumerable<byte[]> states) => RunAsync(
        Set, keys, [_options.TimeToLive is { } timeToLive ? (long)timeToLive.TotalMilliseconds : 0, .. states.Select(state => (RedisValue)state)]);

    /// <summary>Lets updates in again; the store is complete if none of its entities expires.</summary>
    public Task EndAsync() => RunAsync(End, [_complete], [_options.TimeToLive is null ? 1 : 0]);

    /// <summary>Lets updates in again, however the load ended.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _database.ScriptEvaluateAsync(Release, [_loading], [_token]).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // The key expires by itself.
        }
    }

    private async Task RunAsync(string script, RedisKey[] keys, params RedisValue[] values)
    {
        var lease = ((long)Lease.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if ((int)await _database.ScriptEvaluateAsync(script, [_loading, .. keys], [_token, lease, .. values]).ConfigureAwait(false) == 0)
        {
            throw new FeatureStoreException(
                FeatureStoreError.Unavailable, $"{_options.Address} was not reached for {Lease.TotalSeconds} s while it was loaded, and takes events again. Load once more with --replace.");
        }
    }
}
