using System.Data;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// The result of a query, copied out as CSV in a read-only transaction that sees one state of the database. NULL is an empty field, as the empty string is.
/// How long the query may take the connection string's Command Timeout says; without one it may take any time.
/// </summary>
internal sealed class PostgresOrigin : Origin
{
    // What the session's own settings are must not change what is read.
    private const string Begin =
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL datestyle TO ISO; SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO hex";

    private readonly PostgresQuery _query;
    private readonly string _sql;
    private readonly ServerCalls _calls;
    private readonly NpgsqlConnectionStringBuilder _connection;

    /// <exception cref="DatasetException">It is not one statement that reads.</exception>
    public PostgresOrigin(string query, PostgresOptions options, RetryOptions retry)
    {
        Name = options.Name;
        _sql = SelectStatement.Check(query);
        _connection = options.ToBuilder(retry);
        _query = new PostgresQuery(Name, _sql);
        _calls = new ServerCalls(retry, attemptTimeout: false, error => error is NpgsqlException { IsTransient: true }, _query.Describe);
    }

    public override string Name { get; }

    /// <summary>Names the query by its digest: it may be long.</summary>
    public override string FullName =>
        $"postgresql://{_connection.Host}:{_connection.Port}/{_connection.Database}?query=sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_sql)))}";

    public override long Size => 0;

    public override Dialect? Dialect => new Dialect((byte)',', Quoted: true, Header: true);

    public override Stream Open(CancellationToken stop)
    {
        var connection = Connect(stop);
        try
        {
            Parse(connection, _query, stop);
            // Outside the time that retries have: a query may think for long before its first row.
            return new PostgresStream(_query, connection, connection.BeginTextExportAsync(_query.Copy, stop).GetAwaiter().GetResult(), stop);
        }
        catch (Exception e)
        {
            connection.Dispose();
            if (e is NpgsqlException or IOException or TimeoutException)
                throw new DatasetException($"{Name}: {_query.Describe(e)}", PostgresQuery.IsLoss(e) ? new ResultLostException(_query.Describe(e), e) : e);
            throw;
        }
    }

    /// <summary>
    /// Has the server parse the query by itself: so sent it refuses more than one statement, which COPY's own protocol would run, behind the end of the transaction even.
    /// </summary>
    internal static void Parse(NpgsqlConnection connection, PostgresQuery query, CancellationToken stop)
    {
        using var parse = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(query.Alone) } };
        try
        {
            parse.ExecuteReaderAsync(CommandBehavior.SchemaOnly, stop).GetAwaiter().GetResult().Dispose();
        }
        catch (NotSupportedException exception)
        {
            throw new DatasetException("data.query is not one SELECT: it holds more than one statement; write one", exception);
        }
    }

    private NpgsqlConnection Connect(CancellationToken stop) => _calls.Run(Name, async token =>
    {
        var connection = new NpgsqlConnection(_connection.ConnectionString);
        try
        {
            await connection.OpenAsync(token).ConfigureAwait(false);
            await using var begin = new NpgsqlCommand(Begin, connection);
            await begin.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }, stop);
}
