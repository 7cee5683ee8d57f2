using System.Text;
using Plumbline.Storage;
using StackExchange.Redis;

namespace Plumbline.Inference.Caching;

/// <summary>Answers in Redis, shared by all servers. Never an error: while Redis does not answer, nothing is there. Thread-safe.</summary>
internal sealed class RedisAnswers : IAsyncDisposable
{
    /// <summary>Answers on their way to Redis; what comes beyond is not sent.</summary>
    private const int MostUnsent = 1024;

    /// <summary>Of a question only to know: nobody waits for its answer, and a busy machine is no absent Redis.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Task<RedisConnection> _connecting;
    private readonly RedisOptions _options;
    private readonly TimeSpan _timeToLive;
    private readonly byte[] _prefix;
    private readonly Probing _probing;
    private long _unsent;
    private int _isUp = 1;

    public RedisAnswers(RedisOptions options, TimeSpan timeToLive, TimeProvider time)
    {
        (_options, _timeToLive) = (options, timeToLive);
        _prefix = Encoding.ASCII.GetBytes($"{options.Prefix}:prediction:1:");
        // A Redis that is away is waited for when it is first connected to.
        _connecting = Task.Run(() => RedisConnection.Connect(options.Address, options.Password, options.Tls));
        _probing = new Probing(AskAsync, time);
    }

    /// <summary>Whether it answered when it was asked last, if only by this to know.</summary>
    public bool IsUp => Volatile.Read(ref _isUp) != 0;

    /// <returns>One a key, null where there is none.</returns>
    public async ValueTask<CachedAnswer?[]> FindAsync(IReadOnlyList<PredictionKey> keys, int labels, CancellationToken cancellation)
    {
        var found = new CachedAnswer?[keys.Count];
        if (!_connecting.IsCompletedSuccessfully)
            return found;
        try
        {
            var asked = new RedisKey[keys.Count];
            for (var i = 0; i < asked.Length; i++)
                asked[i] = Key(keys[i]);
            // One by one, since a cluster keeps them in different slots; they go out together all the same.
            var values = await (await _connecting).AskAsync(
                static (database, keys) => Task.WhenAll(keys.Select(key => database.StringGetAsync(key))), asked, _options.Timeout, cancellation).ConfigureAwait(false);
            for (var i = 0; i < found.Length; i++)
                found[i] = values[i].IsNull ? null : CachedAnswer.Read((byte[])values[i]!, labels);
            Volatile.Write(ref _isUp, 1);
        }
        catch (Exception exception) when (RedisConnection.IsAbsence(exception))
        {
            Volatile.Write(ref _isUp, 0);
        }
        return found;
    }

    /// <summary>Has an answer kept, without waiting for that.</summary>
    public void Add(in PredictionKey key, CachedAnswer answer)
    {
        if (!_connecting.IsCompletedSuccessfully || !IsUp)
            return;
        if (Interlocked.Increment(ref _unsent) > MostUnsent)
        {
            Interlocked.Decrement(ref _unsent);
            return;
        }
        _ = SendAsync(Key(key), answer.ToBytes());
    }

    public async ValueTask DisposeAsync()
    {
        await _probing.DisposeAsync();
        await ((Task)_connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connecting.IsCompletedSuccessfully)
            await (await _connecting).DisposeAsync();
    }

    private async Task AskAsync(CancellationToken stop)
    {
        if (!_connecting.IsCompletedSuccessfully)
            return;
        try
        {
            await (await _connecting.ConfigureAwait(false)).AskAsync(static (database, _) => database.PingAsync(), 0, _options.Timeout > Patience ? _options.Timeout : Patience, stop).ConfigureAwait(false);
            Volatile.Write(ref _isUp, 1);
        }
        catch (Exception exception) when (RedisConnection.IsAbsence(exception))
        {
            Volatile.Write(ref _isUp, 0);
        }
    }

    private async Task SendAsync(RedisKey key, byte[] value)
    {
        try
        {
            await (await _connecting).Database.StringSetAsync(key, value, _timeToLive).ConfigureAwait(false);
        }
        catch (Exception exception) when (RedisConnection.IsOutage(exception))
        {
            Volatile.Write(ref _isUp, 0);
        }
        finally
        {
            Interlocked.Decrement(ref _unsent);
        }
    }

    private RedisKey Key(in PredictionKey key)
    {
        var bytes = new byte[_prefix.Length + PredictionKey.Size];
        _prefix.CopyTo(bytes, 0);
        key.CopyTo(bytes.AsSpan(_prefix.Length));
        return bytes;
    }
}
