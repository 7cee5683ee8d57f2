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
/// Whether a transaction was committed when the connection broke meanwhile is asked of the server by the transaction's id, so that it is neither lost nor
/// done twice.
/// </remarks>
internal sealed class PostgresTransactions : IAsyncDisposable
{
    // Of this program; with the schema's name it is that of the store.
    private const int AdvisoryLock = 0x706C_756D;

    private const string BeginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    // If a statement failed and the failure was swallowed, COMMIT alone would roll back without an error. The empty SELECT fails instead.
    private const string Commit = "SELECT; COMMIT";

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
                    arguments.Outcome.Result is TransactionOutcome.InProgress || (arguments.Outcome.Exception is { } exception && PostgresErrors.IsTransient(exception))),
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

    /// <summary>Runs <paramref name="changes"/>, perhaps several times, until they are committed.</summary>
    /// <param name="alone">Whether no other transaction that writes may run beside it, in any process.</param>
    public void Write(bool alone, Action<DbConnection> changes)
    {
        try
        {
            _retry.Execute(() => WriteOnce(alone, changes));
        }
        catch (NpgsqlException exception) when (PostgresErrors.Translate(exception, _options) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>What a caller is told of what its change threw.</summary>
    public Exception Explain(Exception exception) => PostgresErrors.Translate(exception, _options) ?? exception;

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static string Begin(string acquire, TimeSpan patience) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        BEGIN ISOLATION LEVEL READ COMMITTED;
        SELECT pg_current_xact_id()::text, set_config('lock_timeout', '{patience.TotalMilliseconds:0}', true),
          set_config('idle_in_transaction_session_timeout', '{patience.TotalMilliseconds:0}', true),
          CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) WHEN 'local' THEN set_config('synchronous_commit', 'on', true) END,
          {acquire}({AdvisoryLock}, hashtext(current_schema()))
        """);

    private void WriteOnce(bool alone, Action<DbConnection> changes)
    {
        using var connection = _source.OpenConnection();
        var transaction = (string)connection.Scalar(alone ? _beginAlone : _beginBeside)!;
        changes(connection);
        try
        {
            connection.Execute(Commit);
        }
        catch (NpgsqlException exception) when (exception is not PostgresException { Severity: "ERROR" })
        {
            if (Ask(transaction) != TransactionOutcome.Committed)
                throw;
        }
    }

    /// <exception cref="MetadataException">Unavailable: nobody can tell.</exception>
    private TransactionOutcome Ask(string transaction)
    {
        Exception? reason = null;
        try
        {
            var outcome = _retry.Execute(() =>
            {
                using var connection = _source.OpenConnection();
                return connection.Scalar("SELECT pg_xact_status(CAST(@id AS xid8))", ("id", transaction)) switch
                {
                    "committed" => TransactionOutcome.Committed,
                    "aborted" => TransactionOutcome.Aborted,
                    "in progress" => TransactionOutcome.InProgress,
                    _ => TransactionOutcome.Forgotten,
                };
            });
            if (outcome is TransactionOutcome.Committed or TransactionOutcome.Aborted)
                return outcome;
        }
        catch (NpgsqlException exception)
        {
            reason = exception;
        }
        throw new MetadataException(
            MetadataError.Unavailable,
            $"Metadata store {_options}: the connection broke while a change was being committed, and the server could not be asked whether it was. Read it again to see whether the change was stored.", reason);
    }

    private enum TransactionOutcome
    {
        Committed,
        Aborted,
        InProgress,
        Forgotten,
    }
}
