using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Plumbline.Storage;

/// <summary>
/// Saves from a damaged SQLite store what can be read, into a new file. Rows are read by ranges of their numbers; a range with a damaged page is halved until what is left
/// is that page. What SQLite cannot tell from sound, such as letters changed within a text, is saved as it is.
/// </summary>
public static class StoreSalvage
{
    // Bounds the time where a page that leads to all others is damaged.
    private const int MostFailures = 10_000;

    // Where numbers that were given out are kept otherwise, should their counter be lost.
    internal static readonly (string Counter, string Table, string Column)[] Counters =
    [
        ("event", "events", "id"), ("experiment", "experiments", "experiment_id"), ("study", "studies", "study_id"), ("lease", "leases", "token"), ("lease", "trials", "lease"),
        ("model_version", "model_versions", "version_id"), ("gate_evaluation", "gate_evaluations", "id"), ("annotation", "annotations", "annotation_id"),
        ("rollout", "rollouts", "rollout_id"), ("rollout_measurement", "rollout_measurements", "measurement_id"), ("rollout_measurement", "rollouts", "counted"),
        ("feedback_change", "feedback_changes", "change_id"), ("feedback_change", "feedback_consumers", "position"),
        ("lease", "batch_chunks", "lease"), ("lease", "pipeline_tasks", "lease"), ("lease", "pipeline_attempts", "lease"), ("lease", "pipeline_workers", "lease"), ("lease", "monitor_reports", "lease"),
        ("flag", "flags", "revision"), ("alert_notice", "alert_notices", "notice"), ("alert_notice", "alert_messages", "last_notice"),
    ];

    /// <param name="file">Must not be there yet; appears whole or not at all.</param>
    /// <returns>By table.</returns>
    /// <exception cref="MetadataException">NotFound: there is no store. Invalid: it is in PostgreSQL. Conflict: the file is there. Damaged: nothing can be read.</exception>
    public static IReadOnlyList<SalvagedTable> Save(Home home, string file, TimeProvider time)
    {
        file = Path.GetFullPath(file);
        if (home.Store is { } options)
            throw new MetadataException(MetadataError.Invalid, $"{options} is a PostgreSQL database, which its own tools repair; or restore a backup into another database with plumbline store restore.");
        if (!File.Exists(home.Database))
            throw new MetadataException(MetadataError.NotFound, $"There is no metadata store {home.Database}. Name its state folder with --home.");
        if (Path.Exists(file))
            throw SqliteFile.Taken(file);
        IReadOnlyList<SalvagedTable> saved = [];
        StoreBackup.InTemporary(file, temporary =>
        {
            saved = Save(home.Database, temporary, time);
            SqliteFile.Publish(temporary, file);
        });
        return saved;
    }

    private static SalvagedTable[] Save(string from, string to, TimeProvider time)
    {
        using var target = SqliteFile.Open(to, SqliteOpenMode.ReadWriteCreate);
        try
        {
            using var source = SqliteFile.Open(from, SqliteOpenMode.ReadOnly, isCut: true);
            source.Execute("BEGIN");
            target.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; BEGIN");
            Schema.Apply(target, Migration.Embedded().SkipLast(Missing(source, from)), time);
            var tables = StoreTable.Of(target);
            var saved = tables.Select(table => Save(source, table, target)).ToArray();
            var orphans = RemoveOrphans(target);
            RaiseCounters(target, tables);
            target.Execute(SqliteMetadataStore.KeepEvents);
            target.Execute("COMMIT");
            return [.. saved.Select(table => table with { Rows = table.Rows - orphans[table.Name].Count(), Orphans = orphans[table.Name].Count() })];
        }
        catch (SqliteException exception) when (SqliteErrors.Translate(exception, from) is { } translated)
        {
            throw translated.Error == MetadataError.Damaged
                ? new MetadataException(MetadataError.Damaged, $"Metadata store {from}: what leads to its tables is damaged, so nothing can be saved from it. Restore a backup with plumbline store restore.", exception)
                : translated;
        }
    }

    private static int Missing(SqliteConnection source, string from)
    {
        // What leads to every table; without it there is nothing to be had.
        source.Scalar("SELECT COUNT(*) FROM sqlite_master");
        try
        {
            return SqliteFile.MissingMigrations(source, from);
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            return 0;
        }
    }

    private static SalvagedTable Save(SqliteConnection source, StoreTable table, SqliteConnection target)
    {
        using var insert = target.CreateCommand();
        insert.CommandText = $"INSERT OR REPLACE INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select(column => "@" + column.Name))})";
        foreach (var (name, _) in table.Columns)
            insert.Parameters.Add(new SqliteParameter { ParameterName = name });
        var (rows, unreadable, failures) = (0L, 0L, 0);
        var ranges = new Queue<(long First, long Last)>([Bounds(source, table.Name)]);
        while (ranges.TryDequeue(out var range))
        {
            if (failures < MostFailures && TryRead(source, table, insert, ref rows, ref range.First, range.Last))
                continue;
            failures++;
            var middle = range.First + ((range.Last - range.First) / 2);
            if (range.First == range.Last || failures > MostFailures)
            {
                unreadable += range.Last - range.First + 1;
            }
            else
            {
                ranges.Enqueue((range.First, middle));
                ranges.Enqueue((middle + 1, range.Last));
            }
        }
        return new SalvagedTable(table.Name, rows, unreadable, 0);
    }

    /// <param name="first">Becomes the row after the last that was read.</param>
    /// <returns>False if a row could not be read.</returns>
    private static bool TryRead(SqliteConnection source, StoreTable table, SqliteCommand insert, ref long rows, ref long first, long last)
    {
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT rowid, {table.ColumnList} FROM {table.Name} NOT INDEXED WHERE rowid BETWEEN @first AND @last ORDER BY rowid";
        select.Parameters.AddWithValue("@first", first);
        select.Parameters.AddWithValue("@last", last);
        try
        {
            using var reader = select.ExecuteReader();
            while (reader.Read())
            {
                for (var i = 0; i < table.Columns.Count; i++)
                    insert.Parameters[i].Value = reader.GetValue(i + 1);
                rows += insert.ExecuteNonQuery();
                first = reader.GetInt64(0) + 1;
            }
            return true;
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            return first > last;
        }
    }

    private static (long First, long Last) Bounds(SqliteConnection source, string table)
    {
        try
        {
            return (source.Scalar($"SELECT MIN(rowid) FROM {table} NOT INDEXED") as long? ?? 1, source.Scalar($"SELECT MAX(rowid) FROM {table} NOT INDEXED") as long? ?? 0);
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            // No file has more rows than bytes.
            return (1, (long)source.Scalar("PRAGMA page_count")! * (long)source.Scalar("PRAGMA page_size")!);
        }
    }

    /// <returns>Rows removed, by table.</returns>
    private static ILookup<string, long> RemoveOrphans(SqliteConnection target)
    {
        var removed = new List<(string Table, long Row)>();
        while (target.Query("SELECT DISTINCT \"table\", rowid FROM pragma_foreign_key_check", row => (Table: row.GetString(0), Row: row.GetInt64(1))) is { Count: > 0 } orphans)
        {
            foreach (var (table, row) in orphans)
                target.Execute($"DELETE FROM {table} WHERE rowid = @row", ("row", row));
            removed.AddRange(orphans);
        }
        return removed.ToLookup(orphan => orphan.Table, orphan => orphan.Row);
    }

    private static void RaiseCounters(SqliteConnection target, IReadOnlyList<StoreTable> tables)
    {
        foreach (var (counter, table, column) in Counters.Where(known => tables.Any(table => table.Name == known.Table)))
            target.Execute($"UPDATE counters SET value = MAX(value, (SELECT COALESCE(MAX({column}), 0) FROM {table})) WHERE name = @name", ("name", counter));
    }

    // What breaks a rule of the schema was no row of it.
    private static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CONSTRAINT;
}
