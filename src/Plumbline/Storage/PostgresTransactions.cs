using System.Data.Common;
using System.Globalization;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Plumbline.Storage;

/// <summary>
/// Transactions on one PostgreSQL database, run again while what they fail with may pass by itself. Thread-safe; the caller's thread waits.
/// </summary>
/// <remarks>
/// Every writer has a row with the number of its last transaction, changed in that transaction. If the connection breaks while one is being committed, the row
/// says to the next try whether it was, so that it is neither lost nor done twice. The server's own transaction ids cannot say so: after a crash it gives them
/// out again.
/// </remarks>
internal sealed class PostgresTransactions : IAsyncDisposable
{
    // Of this program; with the schema's name it is that of the store.
    private const int AdvisoryLock = 0x706C_756D;

    // What is read is short: to start processes that help would take longer.
    private const string BeginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL max_parallel_workers_per_gather = 0";

    // If a statement failed and the failure was swallowed, COMMIT alone would roll back without an error. The empty SELECT fails instead.
    private const string Commit = "SELECT; COMMIT";

    // Changes no row if this number was committed; waits for a connection, thought lost, that is still committing it.
    private const string Mark =
        """
        ; INSERT INTO writers (writer, number, used_at) VALUES (@writer, @number, now())
        ON CONFLICT (writer) DO UPDATE SET number = excluded.number, used_at = excluded.used_at WHERE writers.number < excluded.number
        """;

    private const string ForgetOldWriters =
        "DELETE FROM writers WHERE writer IN (SELECT writer FROM writers WHERE used_at < now() - interval '30 days' FOR UPDATE SKIP LOCKED)";

    private readonly PostgresStoreOptions _options;
    private readonly NpgsqlDataSource _source;
    private readonly ResiliencePipeline _retry;
    private readonly string _beginAlone;
    private readonly string _beginBeside;

    /// <param name="patience">How long a transaction may wait for others, and stand still while it holds what they wait for.</param>
    public PostgresTransactions(PostgresStoreOptions options, TimeProvider time, TimeSpan patience)
    {
        _options = options;
        var connection = options.ToBuilder();
        MostConnections = connection.MaxPoolSize;
        _source = NpgsqlDataSource.Create(connection);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                // Some 15 seconds: a restart, or a failover.
                MaxRetryAttempts = 14,
                Delay = TimeSpan.FromMilliseconds(10),
                MaxDelay = TimeSpan.FromSeconds(2),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is { } exception && PostgresErrors.IsTransient(exception)),
                OnRetry = arguments =>
                {
                    // Those that lie idle are broken, too.
                    if (arguments.Outcome.Exception is { } exception && PostgresErrors.IsLoss(exception))
                        _source.Clear();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        _beginAlone = Begin("pg_advisory_xact_lock", patience);
        _beginBeside = Begin("pg_advisory_xact_lock_shared", patience);
    }

    /// <summary>Where the database is.</summary>
    public PostgresStoreOptions Options => _options;

    /// <summary>Whether the server is on this machine.</summary>
    public bool IsLocal => _options.IsLocal;

    /// <summary>Open at once, at most.</summary>
    public int MostConnections { get; }

    /// <summary>A connection outside any transaction, without another try.</summary>
    public NpgsqlConnection Connect() => _source.OpenConnection();

    public T Read<T>(Func<DbConnection, T> query)
    {
        try
        {
            return _retry.Execute(() =>
            {
                using var connection = _source.OpenConnection();
                connection.Execute(BeginReading);
                // Closing it ends the transaction.
                return query(connection);
            });
        }
        catch (NpgsqlException exception) when (
            exception.SqlState != PostgresErrorCodes.ReadOnlySqlTransaction && PostgresErrors.Translate(exception, _options) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Runs <paramref name="changes"/>, perhaps several times, until they are committed once.</summary>
    /// <param name="alone">Whether no other transaction that writes may run beside it, in any process.</param>
    /// <param name="number">Of the writer's transactions, growing from 1.</param>
    public void Write(bool alone, string writer, long number, Action<DbConnection> changes)
    {
        var begin = (alone ? _beginAlone : _beginBeside) + Mark;
        var isInDoubt = false;
        try
        {
            _retry.Execute(() =>
            {
                using var connection = _source.OpenConnection();
                if (connection.Execute(begin, ("writer", writer), ("number", number)) == 0)
                    return;
                isInDoubt = false;
                if (number == 1)
                    connection.Execute(ForgetOldWriters);
                changes(connection);
                End(connection, out isInDoubt);
            });
        }
        catch (NpgsqlException exception) when (isInDoubt)
        {
            throw new MetadataException(
                MetadataError.Unavailable,
                $"Metadata store {_options}: the connection broke while a change was being committed, and the server could not be asked whether it was. Read it again to see whether the change was stored.",
                exception);
        }
        catch (NpgsqlException exception) when (PostgresErrors.Translate(exception, _options) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Runs what may be done again even if it was committed, alone, in a database that may have no tables yet.</summary>
    public void Prepare(Action<DbConnection> changes) => _retry.Execute(() =>
    {
        using var connection = _source.OpenConnection();
        connection.Execute(_beginAlone);
        changes(connection);
        connection.Execute(Commit);
    });

    /// <summary>What a caller is told of what its change threw.</summary>
    public Exception Explain(Exception exception) => PostgresErrors.Translate(exception, _options) ?? exception;

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static string Begin(string acquire, TimeSpan patience) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        BEGIN ISOLATION LEVEL READ COMMITTED;
        SELECT set_config('lock_timeout', '{patience.TotalMilliseconds:0}', true), set_config('idle_in_transaction_session_timeout', '{patience.TotalMilliseconds:0}', true),
          CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) WHEN 'local' THEN set_config('synchronous_commit', 'on', true) END,
          {acquire}({AdvisoryLock}, hashtext(current_schema()))
        """);

    /// <param name="isInDoubt">Whether it may have been committed, should this throw.</param>
    private static void End(NpgsqlConnection connection, out bool isInDoubt)
    {
        isInDoubt = true;
        try
        {
            connection.Execute(Commit);
        }
        catch (PostgresException exception) when (exception.InvariantSeverity == "ERROR")
        {
            isInDoubt = false;
            throw;
        }
    }
}
