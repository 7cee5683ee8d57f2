using System.Globalization;

namespace Plumbline.Storage;

/// <summary>
/// Backups of the metadata store: one SQLite file whatever database the store is in, so that it can be restored into either (docs/specs/metadata-store.md). Files of the
/// state folder are not in it.
/// </summary>
public static class StoreBackup
{
    /// <summary>Writes the store as it is at one moment, while others write to it. The file appears whole and checked, or not at all.</summary>
    /// <exception cref="MetadataException">NotFound: there is no store. Conflict: the file is there. Damaged: the store is not whole. Unavailable: store or disk.</exception>
    public static void Write(Home home, string file, TimeProvider time)
    {
        file = Path.GetFullPath(file);
        if (Path.Exists(file))
            throw SqliteFile.Taken(file);
        if (home.Store is null && !File.Exists(home.Database))
            throw new MetadataException(MetadataError.NotFound, $"There is no metadata store {home.Database}. Name its state folder with --home.");
        InTemporary(file, temporary =>
        {
            if (home.Store is { } options)
                PostgresCopy.ToFile(options, temporary, time);
            else
                SqliteFile.Copy(home.Database, temporary);
            RequireWhole(temporary, home.Store?.ToString() ?? home.Database, "A backup of it would be damaged, too, so none was written: plumbline store check says more, plumbline store repair saves what can be read.");
            SqliteFile.Publish(temporary, file);
        });
    }

    /// <summary>Puts a backup where the store is to be. Nobody may have that open.</summary>
    /// <param name="replace">Whether a SQLite store that is there is moved away for it.</param>
    /// <returns>Where the store went that was there; null if there was none.</returns>
    /// <exception cref="MetadataException">NotFound: there is no such file. Conflict: there is a store, or it is in use. Damaged, SchemaMismatch: the file is no whole backup.</exception>
    public static string? Restore(Home home, string file, bool replace, TimeProvider time)
    {
        file = Path.GetFullPath(file);
        RequireWhole(file, file, "Take another backup.");
        string? moved = null;
        if (home.Store is { } options)
        {
            InTemporary(Path.Combine(home.Temporary, "restored"), temporary =>
            {
                SqliteFile.Copy(file, temporary);
                PostgresCopy.FromFile(options, temporary, time);
            });
            return null;
        }
        if (Path.Exists(home.Database) && !replace)
            throw new MetadataException(MetadataError.Conflict, $"There is a metadata store {home.Database} already. With --replace it is moved away, and kept; or name another state folder with --home.");
        InTemporary(home.Database, temporary =>
        {
            SqliteFile.Copy(file, temporary);
            var away = string.Create(CultureInfo.InvariantCulture, $"{home.Database}.{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.replaced");
            if (Path.Exists(home.Database))
                moved = away;
            // The log of a database that is gone would be taken for that of the next.
            SqliteFile.MoveAway(home.Database, away);
            SqliteFile.Publish(temporary, home.Database);
        });
        return moved;
    }

    internal static void InTemporary(string file, Action<string> write)
    {
        var folder = Path.GetDirectoryName(file)!;
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            DurableFolder.Create(folder);
            write(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MetadataException(MetadataError.Unavailable, $"{file} cannot be written: {exception.Message} Free space there, make the folder writable, or name another place.", exception);
        }
        finally
        {
            SqliteFile.Remove(temporary);
        }
    }

    private static void RequireWhole(string file, string what, string advice)
    {
        foreach (var finding in SqliteInspection.Inspect(file))
        {
            if (finding.Faults is [var fault, ..])
                throw new MetadataException(finding.Check == StoreInspection.SchemaCheck ? MetadataError.SchemaMismatch : MetadataError.Damaged, $"{what} is not whole ({finding.Check}): {fault.TrimEnd('.')}. {advice}");
        }
    }
}
