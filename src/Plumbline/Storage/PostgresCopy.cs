using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Plumbline.Storage;

/// <summary>Copies all rows of a metadata store between PostgreSQL and a SQLite file: the schema is the same, and has three types.</summary>
internal static class PostgresCopy
{
    /// <summary>Fills a new SQLite file with what the store holds at one moment.</summary>
    public static void ToFile(PostgresStoreOptions options, string file, TimeProvider time)
    {
        try
        {
            // To read everything takes as long as it takes.
            using var source = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ToBuilder().ConnectionString) { CommandTimeout = 0 }.ConnectionString);
            source.Open();
            source.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            var migrations = Migration.Embedded();
            var applied = migrations.Count - PostgresSchema.Missing(source, options, migrations).Count();
            if (applied == 0)
                throw new MetadataException(MetadataError.NotFound, $"{options} holds no metadata store yet.");
            using var target = SqliteFile.Open(file, SqliteOpenMode.ReadWriteCreate);
            // Nobody sees the file until it is whole and flushed.
            target.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; BEGIN");
            Schema.Apply(target, migrations.Take(applied), time);
            foreach (var table in StoreTable.Of(target))
            {
                target.Execute($"DELETE FROM {table.Name}");
                Copy(source, table, target);
            }
            target.Execute(SqliteMetadataStore.KeepEvents);
            target.Execute("COMMIT");
        }
        catch (SqliteException exception) when (SqliteErrors.Translate(exception, file) is { } translated)
        {
            throw translated;
        }
        catch (NpgsqlException exception) when (PostgresErrors.Translate(exception, options) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Makes a store of what a SQLite file holds, in a schema that has no tables yet; in one transaction.</summary>
    /// <param name="file">Brought up to date with this build.</param>
    public static void FromFile(PostgresStoreOptions options, string file, TimeProvider time)
    {
        SqliteMetadataStore.Open(file, time).DisposeAsync().AsTask().GetAwaiter().GetResult();
        using var source = SqliteFile.Open(file, SqliteOpenMode.ReadOnly);
        var tables = StoreTable.Of(source);
        PostgresMetadataStore.Fill(options, time, target =>
        {
            foreach (var table in tables.Reverse())
                target.Execute($"DELETE FROM {table.Name}");
            foreach (var table in tables)
                Copy(source, table, (NpgsqlConnection)target);
        });
    }

    private static void Copy(DbConnection source, StoreTable table, SqliteConnection target)
    {
        using var insert = target.CreateCommand();
        insert.CommandText = $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select((_, i) => FormattableString.Invariant($"@p{i}")))})";
        for (var i = 0; i < table.Columns.Count; i++)
            insert.Parameters.Add(new SqliteParameter { ParameterName = FormattableString.Invariant($"@p{i}") });
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT {table.ColumnList} FROM {table.Name}";
        using var rows = select.ExecuteReader();
        while (rows.Read())
        {
            for (var i = 0; i < table.Columns.Count; i++)
                insert.Parameters[i].Value = rows.GetValue(i);
            insert.ExecuteNonQuery();
        }
    }

    private static void Copy(SqliteConnection source, StoreTable table, NpgsqlConnection target)
    {
        using var select = source.CreateCommand();
        select.CommandText = $"SELECT {table.ColumnList} FROM {table.Name}";
        using var rows = select.ExecuteReader();
        using var import = target.BeginBinaryImport($"COPY {table.Name} ({table.ColumnList}) FROM STDIN (FORMAT BINARY)");
        while (rows.Read())
        {
            import.StartRow();
            for (var i = 0; i < table.Columns.Count; i++)
                Write(import, rows, i, table.Columns[i].Type);
        }
        import.Complete();
    }

    private static void Write(NpgsqlBinaryImporter import, SqliteDataReader rows, int column, string type)
    {
        if (rows.IsDBNull(column))
            import.WriteNull();
        else if (type == "TEXT")
            import.Write(rows.GetString(column), NpgsqlDbType.Text);
        else if (type == "BIGINT")
            import.Write(rows.GetInt64(column), NpgsqlDbType.Bigint);
        else
            import.Write(rows.GetDouble(column), NpgsqlDbType.Double);
    }
}
