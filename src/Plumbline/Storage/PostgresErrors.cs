using Npgsql;

namespace Plumbline.Storage;

/// <summary>Tells errors of the database as a whole from errors of one statement, and those that pass by themselves from those that stay.</summary>
internal static class PostgresErrors
{
    public const int OldestMajor = 15;

    // This process stood still, as one does whose machine is overloaded or was suspended. Npgsql has no name for it.
    private const string IdleInTransaction = "25P03";

    /// <summary>Whether the same transaction, run again, may succeed: nothing of it was stored.</summary>
    public static bool IsTransient(Exception exception) =>
        IsLoss(exception) || exception is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.TooManyConnections or IdleInTransaction };

    /// <summary>Whether the connection or the server went: an answer to what was sent is not to be had over this connection.</summary>
    public static bool IsLoss(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        // Another try would take as long again.
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException npgsql => npgsql.IsTransient,
        _ => false,
    };

    /// <exception cref="MetadataException">Unavailable: the server is too old.</exception>
    public static void RequireVersion(Version version, PostgresStoreOptions where)
    {
        if (version.Major < OldestMajor)
            throw new MetadataException(MetadataError.Unavailable, $"Metadata store {where}: the server is PostgreSQL {version}, but {OldestMajor} or later is needed. Upgrade it, or name another with --store.");
    }

    /// <summary>Null if <paramref name="exception"/> is about a single statement, such as a broken constraint.</summary>
    public static MetadataException? Translate(Exception exception, PostgresStoreOptions where)
    {
        if (exception is not NpgsqlException)
            return null;
        var (error, advice) = exception is PostgresException postgres ? OfServer(postgres.SqlState) : (MetadataError.Unavailable, "Is the server running, and can it be reached from here? Check the address given with --store, PLUMBLINE_STORE or store in plumbline.yaml.");
        return advice.Length == 0
            ? null
            : new MetadataException(error, $"Metadata store {where}: {((exception as PostgresException)?.MessageText ?? (exception.InnerException ?? exception).Message).TrimEnd('.')}. {advice}", exception);
    }

    private static (MetadataError, string) OfServer(string state) => state switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            (MetadataError.Unavailable, "Check user and password of the address, or the password file that PGPASSFILE names, and pg_hba.conf."),
        PostgresErrorCodes.InvalidCatalogName => (MetadataError.Unavailable, "Create the database with createdb --encoding=UTF8, or name another one."),
        PostgresErrorCodes.InvalidSchemaName => (MetadataError.Unavailable, "Create the schema that Search Path names with CREATE SCHEMA, or name another one."),
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            (MetadataError.Unavailable, "The server takes no writes: it is a replica or was set to read only. Name the primary, or all servers with Target Session Attributes=read-write."),
        PostgresErrorCodes.InsufficientPrivilege => (MetadataError.Unavailable, "Let the user own the database, or grant it CREATE on the schema and its rights on the tables."),
        PostgresErrorCodes.DiskFull => (MetadataError.Unavailable, "The server's disk is full; free some space."),
        PostgresErrorCodes.LockNotAvailable => (MetadataError.Unavailable, "Another process held its lock for too long; try again, or stop that process."),
        IdleInTransaction => (MetadataError.Unavailable, "This process stood still within a change for longer than others may wait; try again when the machine is less busy."),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected => (MetadataError.Unavailable, "Other changes were in the way each time it was tried; try again."),
        PostgresErrorCodes.TooManyConnections => (MetadataError.Unavailable, "Raise the server's max_connections, or give the address a smaller Maximum Pool Size."),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => (MetadataError.Damaged, "The database is damaged. plumbline store check says more; restore a backup into another database with plumbline store restore."),
        _ when state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal) || state.StartsWith("58", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal) =>
            (MetadataError.Unavailable, "Look into the server's log, and try again."),
        _ => (default, ""),
    };
}
