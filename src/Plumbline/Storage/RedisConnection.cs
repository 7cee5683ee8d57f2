using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace Plumbline.Storage;

/// <summary>A connection to Redis that mends itself. What may do without Redis asks through a circuit breaker: while Redis does not answer, it fails at once. Thread-safe.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _multiplexer;
    private readonly ResiliencePipeline _asking = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(1),
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsOutage),
        })
        .Build();

    private RedisConnection(ConnectionMultiplexer multiplexer) => _multiplexer = multiplexer;

    public IDatabase Database => _multiplexer.GetDatabase();

    public IServer[] Servers => _multiplexer.GetServers();

    /// <summary>Redis need not be there yet: it is found when it comes.</summary>
    public static RedisConnection Connect(string address, string? password, bool tls)
    {
        var configuration = new ConfigurationOptions
        {
            Password = password,
            Ssl = tls,
            AbortOnConnectFail = false,
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectTimeout = 1000,
            ReconnectRetryPolicy = new ExponentialRetry(100, 2000),
            ClientName = "plumbline",
        };
        foreach (var endpoint in address.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            configuration.EndPoints.Add(endpoint);
        return new RedisConnection(ConnectionMultiplexer.Connect(configuration));
    }

    /// <summary>Asks, and waits no longer than <paramref name="timeout"/>.</summary>
    /// <exception cref="Exception">One that <see cref="IsAbsence"/> knows: Redis does not answer, or did not shortly before.</exception>
    public ValueTask<T> AskAsync<TState, T>(Func<IDatabase, TState, Task<T>> ask, TState state, TimeSpan timeout, CancellationToken cancellation) =>
        // Redis has no way to call a command back: the wait ends, whatever becomes of the answer.
        _asking.ExecuteAsync(
            static async (asked, token) => await asked.Ask(asked.Database, asked.State).WaitAsync(asked.Timeout, token).ConfigureAwait(false),
            (Ask: ask, Database, State: state, Timeout: timeout), cancellation);

    /// <summary>Whether it says that Redis does not answer.</summary>
    public static bool IsOutage(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Likewise, or that it is not asked because it did not answer shortly before.</summary>
    public static bool IsAbsence(Exception exception) => exception is BrokenCircuitException || IsOutage(exception);

    public ValueTask DisposeAsync() => _multiplexer.DisposeAsync();
}
