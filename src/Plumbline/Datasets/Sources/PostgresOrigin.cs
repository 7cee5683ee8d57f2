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

    public override Stream Open(CancellationToken stop) => _calls.Run(Name, async token =>
    {
        var connection = new NpgsqlConnection(_connection.ConnectionString);
        try
        {
            await connection.OpenAsync(token).ConfigureAwait(false);
            // What the session's own settings are must not change what is read.
            await using (var begin = new NpgsqlCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL datestyle TO ISO; SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO hex", connection))
                await begin.ExecuteNonQueryAsync(token).ConfigureAwait(false);
            var copy = await connection.BeginTextExportAsync(_query.Copy, token).ConfigureAwait(false);
            return new PostgresStream(_query, connection, copy, stop);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }, stop);
}
