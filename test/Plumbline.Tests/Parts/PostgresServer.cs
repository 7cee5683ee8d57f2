using Npgsql;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Plumbline.Tests.Parts;

/// <summary>A PostgreSQL on loopback for all tests of a run, started by the first that asks; every test makes its own database, or store.</summary>
public sealed class PostgresServer : IDisposable
{
    public const string Password = "plumb-secret-7";

    private readonly Lazy<PostgresCluster?> _cluster = new(() => PostgresCluster.Create(Password));
    private readonly Lazy<string> _stores;
    private int _count;

    public PostgresServer() => _stores = new Lazy<string>(CreateStoreDatabase);

    /// <summary>Of a fresh database, named by the test; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return ConnectionString(name);
    }

    /// <summary>A fresh place for a metadata store, in a database that orders texts by a language; skips the test where there is no PostgreSQL.</summary>
    public PostgresStoreOptions CreateStore() => PostgresStoreOptions.Parse(CreateStoreAddress(), "test")!;

    /// <summary>As <see cref="CreateStore"/>, as a user writes it.</summary>
    public string CreateStoreAddress()
    {
        var schema = $"store{Interlocked.Increment(ref _count)}";
        Execute(_stores.Value, $"CREATE SCHEMA {schema}");
        return $"postgres://tester:{Password}@127.0.0.1:{Port}/{_stores.Value}?search_path={schema}&Maximum%20Pool%20Size=8&Timeout=60";
    }

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    public int Port
    {
        get
        {
            Assert.SkipWhen(_cluster.Value is null, "There is no PostgreSQL (Debian's package postgresql) on this machine.");
            return _cluster.Value.Port;
        }
    }

    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username=tester;Password={Password};Pooling=false";

    public void Dispose()
    {
        if (_cluster.IsValueCreated)
            _cluster.Value?.Dispose();
    }

    internal void Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database));
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private string CreateStoreDatabase()
    {
        Execute("postgres", "CREATE DATABASE stores TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
        return "stores";
    }
}
