using System.Data.Common;
using Npgsql;

namespace Plumbline.Storage;

/// <summary>Brings the schema of a PostgreSQL database up to date.</summary>
internal static class PostgresSchema
{
    private const string Advice = "Name another database, or another schema with Search Path, in --store.";

    // The scripts say TEXT alone, which SQLite orders by bytes.
    private const string OrderTextsByBytes =
        """
        DO $$
        DECLARE of record;
        BEGIN
          FOR of IN
            SELECT class.relname, attribute.attname FROM pg_attribute attribute
            JOIN pg_class class ON class.oid = attribute.attrelid AND class.relkind = 'r' AND class.relnamespace = current_schema()::regnamespace
            WHERE attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.atttypid = 'text'::regtype
              AND attribute.attcollation <> '"C"'::regcollation
          LOOP
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE text COLLATE "C"', of.relname, of.attname);
          END LOOP;
        END $$
        """;

    // A key for each of many rows at a time would cost as much as the rows. Every change that logs metrics has read their run before, and no run is ever removed;
    // PostgresInspection looks whether it is so.
    private const string TrustMetrics =
        "ALTER TABLE metrics DROP CONSTRAINT IF EXISTS metrics_run_id_fkey; ALTER TABLE latest_metrics DROP CONSTRAINT IF EXISTS latest_metrics_run_id_fkey";

    // Beside the migrations, whose SQL both databases share.
    private const string KeepEvents =
        """
        CREATE OR REPLACE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'events are never altered nor removed'; END $$;
        CREATE OR REPLACE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()
        """;

    public static void Prepare(PostgresTransactions transactions, PostgresStoreOptions where, IReadOnlyList<Migration> migrations, TimeProvider time)
    {
        using (var connection = transactions.Connect())
        {
            PostgresErrors.RequireVersion(connection.PostgreSqlVersion, where);
            RequireUtf8(connection, where);
            if (!Missing(connection, where, migrations).Any())
                return;
        }
        transactions.Prepare(connection =>
        {
            // Another process may have done it while this one waited for the lock.
            Apply(connection, Missing(connection, where, migrations), time);
            connection.Execute(KeepEvents);
        });
    }

    /// <summary>Makes a store in a schema without tables, and lets <paramref name="fill"/> put rows into it, in one transaction.</summary>
    /// <exception cref="MetadataException">Conflict: there are tables.</exception>
    public static void Fill(PostgresTransactions transactions, PostgresStoreOptions where, IReadOnlyList<Migration> migrations, TimeProvider time, Action<DbConnection> fill)
    {
        using (var connection = transactions.Connect())
        {
            PostgresErrors.RequireVersion(connection.PostgreSqlVersion, where);
            RequireUtf8(connection, where);
        }
        transactions.Prepare(connection =>
        {
            if (TablesOf(connection).Count > 0)
                throw new MetadataException(MetadataError.Conflict, $"{where} has tables already, and nothing is written over. {Advice}");
            Apply(connection, migrations, time);
            fill(connection);
            connection.Execute(KeepEvents);
        });
    }

    /// <summary>Migrations that the database lacks. Reads only.</summary>
    public static IEnumerable<Migration> Missing(DbConnection connection, PostgresStoreOptions where, IReadOnlyList<Migration> migrations) =>
        Schema.Missing(connection, migrations, TablesOf(connection), where.ToString(), Advice);

    private static List<string> TablesOf(DbConnection connection) => connection.Query("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()", row => row.GetString(0));

    private static void Apply(DbConnection connection, IEnumerable<Migration> migrations, TimeProvider time)
    {
        Schema.Apply(connection, migrations, time);
        connection.Execute("CREATE TABLE IF NOT EXISTS writers (writer TEXT PRIMARY KEY, number BIGINT NOT NULL, used_at TIMESTAMPTZ NOT NULL)");
        connection.Execute(OrderTextsByBytes);
        connection.Execute(TrustMetrics);
    }

    private static void RequireUtf8(NpgsqlConnection connection, PostgresStoreOptions where)
    {
        if (connection.Scalar("SELECT current_setting('server_encoding')") is string encoding and not "UTF8")
        {
            throw new MetadataException(
                MetadataError.Unavailable, $"Metadata store {where}: the database has the encoding {encoding}, which cannot hold every text. Create one with createdb --encoding=UTF8 --template=template0.");
        }
    }
}
