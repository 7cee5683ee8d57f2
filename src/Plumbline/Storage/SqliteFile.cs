using Microsoft.Data.Sqlite;

namespace Plumbline.Storage;

/// <summary>A SQLite file that is looked at, copied or filled, but not opened as a store.</summary>
internal static class SqliteFile
{
    // Where SQLite locks a file for each connection to it, its lock-byte page (https://www.sqlite.org/fileformat2.html#the_lock_byte_page).
    private const long SharedLock = 0x4000_0002;
    private const long SharedLockBytes = 510;

    private const string Advice = "Name a backup that plumbline store backup wrote, or another state folder with --home.";

    // What may lie beside a database.
    private static readonly string[] Companions = ["-journal", "-wal", "-shm"];

    /// <param name="isCut">Whether to read a file, too, that is shorter than it says.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection Open(string path, SqliteOpenMode mode, bool isCut = false)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = mode }.ToString());
        try
        {
            connection.Open();
            // What SQLite takes for leave to read such files (lockBtree in its btree.c).
            if (isCut)
                connection.Execute("PRAGMA writable_schema=ON");
            // Opening reads nothing yet.
            connection.Scalar("PRAGMA schema_version");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>How many migrations of this build the store in a file lacks.</summary>
    /// <exception cref="MetadataException">SchemaMismatch: it is of a newer or another build, or no store.</exception>
    public static int MissingMigrations(SqliteConnection connection, string path)
    {
        var tables = connection.Query("SELECT name FROM sqlite_master WHERE type = 'table'", row => row.GetString(0));
        return tables.Count == 0
            ? throw new MetadataException(MetadataError.SchemaMismatch, $"{path} holds no metadata store. {Advice}")
            : Schema.Missing(connection, Migration.Embedded(), tables, path, Advice).Count();
    }

    /// <summary>Copies a database as it is at one moment, while others write to it, into a file that needs no other beside it.</summary>
    /// <exception cref="MetadataException">Unavailable, Damaged: one of the two.</exception>
    public static void Copy(string from, string to)
    {
        try
        {
            using var source = Open(from, SqliteOpenMode.ReadOnly);
            using var target = Open(to, SqliteOpenMode.ReadWriteCreate);
            source.BackupDatabase(target);
            target.Execute("PRAGMA journal_mode=DELETE");
        }
        catch (SqliteException exception) when (SqliteErrors.Translate(exception, from) is { } translated)
        {
            // A full disk is where the copy is.
            throw exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL ? SqliteErrors.Translate(exception, to)! : translated;
        }
    }

    /// <summary>Makes a copy durable and visible under a name that must be free.</summary>
    /// <exception cref="MetadataException">Conflict: it is not.</exception>
    public static void Publish(string temporary, string path)
    {
        using (var file = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(file);
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw Taken(path);
        }
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
    }

    public static MetadataException Taken(string path) => new(MetadataError.Conflict, $"{path} is there already, and is not written over. Name another file, or move it away first.");

    /// <summary>Moves a database with what lies beside it, so that no log of its changes is taken for that of another.</summary>
    /// <exception cref="MetadataException">Conflict: a process has it open.</exception>
    public static void MoveAway(string path, string to)
    {
        using var held = File.Exists(path) ? Hold(path) : null;
        foreach (var suffix in Companions.Prepend(""))
        {
            if (File.Exists(path + suffix))
                File.Move(path + suffix, to + suffix, overwrite: false);
        }
        DurableFolder.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Removes a database that was not published.</summary>
    public static void Remove(string path)
    {
        foreach (var suffix in Companions.Prepend(""))
            File.Delete(path + suffix);
    }

    // Works on a damaged file, too, which SQLite would not lock.
    private static FileStream Hold(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
        try
        {
            if (OperatingSystem.IsLinux())
                file.Lock(SharedLock, SharedLockBytes);
            return file;
        }
        catch (IOException exception)
        {
            file.Dispose();
            throw new MetadataException(MetadataError.Conflict, $"Metadata store {path} is in use. Stop the servers and commands that have it open, then try again.", exception);
        }
    }
}
