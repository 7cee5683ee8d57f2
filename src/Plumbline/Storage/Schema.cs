using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>Compares a database with the migrations of this build, and applies those that it lacks.</summary>
internal static class Schema
{
    /// <summary>Migrations that the database lacks. Reads only.</summary>
    /// <param name="tables">All that the database has.</param>
    /// <param name="advice">What to do about a database of another program.</param>
    /// <exception cref="MetadataException">The database is of a newer or different Plumbline, or not one of Plumbline's.</exception>
    public static IEnumerable<Migration> Missing(DbConnection connection, IReadOnlyList<Migration> migrations, IReadOnlyCollection<string> tables, string where, string advice)
    {
        if (tables.Count == 0)
            return migrations;
        if (!tables.Contains("schema_migrations"))
            throw new MetadataException(MetadataError.SchemaMismatch, $"{where} is a database of another program. {advice}");

        // Versions have no gaps, so the checksums stand in the order of the migrations.
        var applied = connection.Query("SELECT checksum FROM schema_migrations ORDER BY version", row => row.GetString(0));
        if (applied.Count > migrations.Count)
        {
            throw new MetadataException(
                MetadataError.SchemaMismatch,
                $"{where} has schema version {applied.Count}, but this Plumbline knows versions up to {migrations.Count}. Use the newer Plumbline that wrote it, or restore a backup made before the upgrade.");
        }
        for (var i = 0; i < applied.Count; i++)
        {
            if (migrations[i].Checksum != applied[i])
            {
                throw new MetadataException(
                    MetadataError.SchemaMismatch,
                    $"{where} was made by a different build: its migration {migrations[i].Name} has checksum {applied[i]}, this build's has {migrations[i].Checksum}. Use the build that made it.");
            }
        }
        return migrations.Skip(applied.Count);
    }

    /// <summary>Applies <paramref name="migrations"/> inside the caller's transaction.</summary>
    public static void Apply(DbConnection connection, IEnumerable<Migration> migrations, TimeProvider time)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)");
        foreach (var migration in migrations)
        {
            connection.Execute(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@version, @name, @checksum, @now)",
                ("version", migration.Version), ("name", migration.Name), ("checksum", migration.Checksum), ("now", time.GetUtcNow().ToUnixTimeMilliseconds()));
            connection.Execute(migration.Script);
        }
    }
}
