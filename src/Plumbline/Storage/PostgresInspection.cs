using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Plumbline.Storage;

/// <summary>Looks whether a metadata store in PostgreSQL is whole.</summary>
internal static class PostgresInspection
{
    private const string Tables = "SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname";

    private const string Indexes =
        """
        SELECT index.indexrelid::regclass::text FROM pg_index index JOIN pg_class class ON class.oid = index.indexrelid JOIN pg_am method ON method.oid = class.relam
        WHERE method.amname = 'btree' AND class.relnamespace = current_schema()::regnamespace ORDER BY 1
        """;

    private const string ForeignKeys =
        """
        SELECT conrelid::regclass::text, confrelid::regclass::text,
          (SELECT string_agg(format('child.%I IS NOT NULL AND parent.%I = child.%I', child.attname, parent.attname, child.attname), ' AND ') FROM unnest(conkey, confkey) AS pair (child, parent)
           JOIN pg_attribute child ON child.attrelid = conrelid AND child.attnum = pair.child JOIN pg_attribute parent ON parent.attrelid = confrelid AND parent.attnum = pair.parent),
          (SELECT string_agg(format('child.%I IS NOT NULL', attname), ' AND ') FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey))
        FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2
        """;

    // What PostgresSchema leaves to the changes.
    private static readonly (string, string, string, string)[] Trusted =
    [
        ("metrics", "runs", "parent.run_id = child.run_id", "true"), ("latest_metrics", "runs", "parent.run_id = child.run_id", "true"),
    ];

    public static IReadOnlyList<StoreFinding> Inspect(PostgresStoreOptions options)
    {
        try
        {
            // To read everything takes as long as it takes.
            using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ToBuilder().ConnectionString) { CommandTimeout = 0 }.ConnectionString);
            connection.Open();
            connection.Execute("SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read'");
            var migrations = Migration.Embedded();
            return
            [
                Look(options, StoreInspection.Pages, () => CheckPages(connection)),
                Look(options, StoreInspection.References, () => CheckReferences(connection)),
                Look(options, StoreInspection.SchemaCheck, () => StoreInspection.SchemaOf(migrations.Count, PostgresSchema.Missing(connection, options, migrations).Count())),
                Look(options, StoreInspection.AuditLog, () => CheckAuditLog(connection)),
            ];
        }
        catch (NpgsqlException exception) when (PostgresErrors.Translate(exception, options) is { } translated)
        {
            throw translated;
        }
    }

    private static StoreFinding Look(PostgresStoreOptions options, string check, Func<StoreFinding> look) => StoreInspection.Look(check, look, exception => PostgresErrors.Translate(exception, options));

    /// <summary>Reads every row whole, for a damaged page is found by reading it; compares indexes with their tables where the extension for that is there.</summary>
    private static StoreFinding CheckPages(NpgsqlConnection connection)
    {
        var faults = new List<string>();
        var tables = connection.Query(Tables, row => row.GetString(0));
        if (tables.Count == 0)
            faults.Add("There are no tables. Name the database of the store with --store, and its schema with Search Path.");
        foreach (var table in tables)
            Try(faults, () => connection.Scalar($"SELECT SUM(LENGTH(t::text)) FROM {table} t"));
        if (connection.Scalar("SELECT format('%I', nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'amcheck'") is not string amcheck)
            return new StoreFinding(StoreInspection.Pages, string.Create(CultureInfo.InvariantCulture, $"all rows of {tables.Count} tables read; indexes would be compared with them after CREATE EXTENSION amcheck"), faults);
        var indexes = connection.Query(Indexes, row => row.GetString(0));
        foreach (var index in indexes)
            Try(faults, () => connection.Scalar($"SELECT {amcheck}.bt_index_check(@index::regclass, true)::text", ("index", index)));
        return new StoreFinding(StoreInspection.Pages, string.Create(CultureInfo.InvariantCulture, $"all rows of {tables.Count} tables read, {indexes.Count} indexes compared with them"), faults);
    }

    private static void Try(List<string> faults, Func<object?> look)
    {
        try
        {
            look();
        }
        catch (PostgresException exception) when (!PostgresErrors.IsTransient(exception) && faults.Count < StoreInspection.MostFaults)
        {
            faults.Add(exception.Message);
        }
    }

    private static StoreFinding CheckReferences(NpgsqlConnection connection)
    {
        var broken = new List<string>();
        foreach (var (table, parent, match, isSaid) in connection.Query(ForeignKeys, row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3))).Union(Trusted))
        {
            var rows = (long)connection.Scalar($"SELECT COUNT(*) FROM {table} child WHERE {isSaid} AND NOT EXISTS (SELECT 1 FROM {parent} parent WHERE {match})")!;
            if (rows > 0)
                broken.Add(SqliteInspection.Broken(table, parent, rows));
        }
        return new StoreFinding(StoreInspection.References, broken.Count == 0 ? "all hold" : "", broken);
    }

    private static StoreFinding CheckAuditLog(DbConnection connection)
    {
        if (connection.Scalar("SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('events') AND attname = 'hash'") is null)
            return new StoreFinding(StoreInspection.AuditLog, "none yet", []);
        var guards = (long)connection.Scalar("SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = to_regclass('events') AND tgname = 'events_stay' AND tgenabled <> 'D'")!;
        return StoreInspection.AuditLogOf(connection, (int)guards, 1);
    }
}
