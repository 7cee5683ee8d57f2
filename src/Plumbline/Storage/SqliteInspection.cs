using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Plumbline.Storage;

/// <summary>Looks whether a SQLite file is a whole metadata store.</summary>
internal static class SqliteInspection
{
    private const int Guards = 2;

    public static IReadOnlyList<StoreFinding> Inspect(string path)
    {
        if (!File.Exists(path))
            throw new MetadataException(MetadataError.NotFound, $"There is no metadata store {path}. Name its state folder with --home.");
        SqliteConnection? connection = null;
        try
        {
            var opened = Look(path, StoreInspection.Pages, () =>
            {
                connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
                return CheckPages(connection);
            });
            if (connection is null)
                return [opened];
            return
            [
                opened,
                Look(path, StoreInspection.References, () => CheckReferences(connection)),
                Look(path, StoreInspection.SchemaCheck, () => StoreInspection.SchemaOf(Migration.Embedded().Count, SqliteFile.MissingMigrations(connection, path))),
                Look(path, StoreInspection.AuditLog, () => CheckAuditLog(connection)),
            ];
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private static StoreFinding Look(string path, string check, Func<StoreFinding> look) =>
        StoreInspection.Look(check, look, exception => SqliteErrors.Translate((SqliteException)exception, path));

    private static StoreFinding CheckPages(SqliteConnection connection)
    {
        var pages = (long)connection.Scalar("PRAGMA page_count")!;
        var found = connection.Query($"PRAGMA integrity_check({StoreInspection.MostFaults})", row => row.GetString(0));
        return new StoreFinding(
            StoreInspection.Pages, string.Create(CultureInfo.InvariantCulture, $"{pages:n0} of {connection.Scalar("PRAGMA page_size")} bytes"), found is ["ok"] ? [] : [.. found.SelectMany(fault => fault.Split('\n'))]);
    }

    private static StoreFinding CheckReferences(SqliteConnection connection)
    {
        var broken = connection.Query("SELECT \"table\", parent, COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2", row => Broken(row.GetString(0), row.GetString(1), row.GetInt64(2)));
        return new StoreFinding(StoreInspection.References, broken.Count == 0 ? "all hold" : "", broken);
    }

    public static string Broken(string table, string parent, long rows) =>
        string.Create(CultureInfo.InvariantCulture, $"{rows:n0} {(rows == 1 ? "row" : "rows")} of {table} {(rows == 1 ? "refers" : "refer")} to what is not in {parent}.");

    private static StoreFinding CheckAuditLog(SqliteConnection connection)
    {
        if (connection.Scalar("SELECT 1 FROM pragma_table_info('events') WHERE name = 'hash'") is null)
            return new StoreFinding(StoreInspection.AuditLog, "none yet", []);
        var guards = (long)connection.Scalar("SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name IN ('events_stay', 'events_remain')")!;
        return StoreInspection.AuditLogOf(connection, (int)guards, Guards);
    }
}
