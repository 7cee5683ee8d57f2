using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Plumbline.Storage;

/// <summary>Tells errors of the database as a whole from errors of one statement.</summary>
internal static class SqliteErrors
{
    /// <summary>Null if <paramref name="exception"/> is about a single statement, such as a broken constraint.</summary>
    public static MetadataException? Translate(SqliteException exception, string path)
    {
        var (error, advice) = exception.SqliteErrorCode switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (MetadataError.Unavailable, "Another process held its lock for too long; try again, or stop that process."),
            raw.SQLITE_FULL => (MetadataError.Unavailable, "The disk is full; free some space."),
            raw.SQLITE_IOERR => (MetadataError.Unavailable, "The disk failed to read or write; check the disk and its mount."),
            raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
                (MetadataError.Unavailable, "Make the file and its folder writable, or choose another state folder with --home."),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => (MetadataError.Damaged, "The file is damaged or not a database. plumbline store check says what is wrong; plumbline store restore FILE --replace brings a backup back, plumbline store repair FILE saves what can be read."),
            _ => default((MetadataError, string)?),
        } ?? (default, "");
        return advice.Length == 0
            ? null
            : new MetadataException(error, $"Metadata store {path}: {raw.sqlite3_errstr(exception.SqliteErrorCode).utf8_to_string()}. {advice}", exception);
    }
}
