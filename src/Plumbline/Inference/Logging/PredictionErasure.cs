using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Removes what was logged of a user or an item, while logs write.</summary>
public static class PredictionErasure
{
    private const int MemoryMegabytes = 512;

    /// <summary>
    /// Removes all predictions of an entity up to now: at once from the archive, whose files are replaced whole and shipped again, and from what readers see; from a segment when it becomes part of the
    /// archive, within an hour while its process lives. May be repeated.
    /// </summary>
    /// <returns>Predictions removed from the archive.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    /// <exception cref="IOException">The disk is full or broken; what was done stays, and the rest may be done by another call.</exception>
    /// <exception cref="DatasetException">A file of the archive cannot be read.</exception>
    public static long Erase(string folder, EntityKind kind, string key, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Erase(folder, Erasures.DigestOf(kind, Encoding.UTF8.GetBytes(key)), Now(time), cancellation);
    }

    /// <summary>As <see cref="Erase(string, EntityKind, string, TimeProvider, CancellationToken)"/>, in the artifact store too where there is one, and leaves an event of it in the audit log.</summary>
    /// <param name="shared">What hosts put into the artifact store; null where there is none.</param>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <exception cref="MetadataException">A store does not answer: what was erased stays erased, and another call does the rest and leaves the event.</exception>
    public static async Task<long> EraseAsync(
        string folder, EntityKind kind, string key, SharedPredictions? shared, IMetadataStore store, string actor, string reason, TimeProvider time, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var (digest, until) = (Erasures.DigestOf(kind, Encoding.UTF8.GetBytes(key)), Now(time));
        var erased = await Task.Run(() => Erase(folder, digest, until, cancellation), cancellation).ConfigureAwait(false);
        // What processes of this folder made was counted here.
        if (shared is not null)
            erased += await shared.EraseAsync(digest, until, process => !PredictionFolder.Knows(folder, process), cancellation).ConfigureAwait(false);
        return await store.WriteAsync(
            connection =>
            {
                EventLog.Append(
                    connection, time.GetUtcNow().ToUnixTimeMilliseconds(), actor, "predictions.erased", digest,
                    new JsonObject { ["kind"] = kind == EntityKind.User ? "user" : "item", ["erased"] = erased, ["reason"] = reason });
                return erased;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <param name="digest">As <see cref="Erasures.DigestOf"/> gives it.</param>
    /// <param name="until">Microseconds since 1970 UTC.</param>
    internal static long Erase(string folder, string digest, long until, CancellationToken cancellation)
    {
        // First, so that what becomes part of the archive meanwhile comes without it.
        Erasures.Add(folder, digest, until);
        using var session = Session(PredictionFolder.Segments(folder));
        var (condition, erased) = (Condition(digest, until), 0L);
        foreach (var file in PredictionFolder.Hours(folder).SelectMany(hour => PredictionFolder.Files(folder, hour)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Count(session, file, condition) is not (> 0 and var rows))
                continue;
            // Before the file changes: whatever happens then, it is shipped again.
            File.Delete(file + PredictionFolder.ShippedSuffix);
            SegmentArchive.Publish(session, Rest(file, condition), Path.GetDirectoryName(file)!, Path.GetFileName(file), RowGroups.RowsOf(0), cancellation);
            erased += rows;
        }
        return erased;
    }

    /// <param name="spill">Folder for what does not fit into memory.</param>
    internal static DuckSession Session(string spill) => new(threads: 1, MemoryMegabytes, spill);

    /// <summary>That a row is one of the entity, up to the time; only the digest is known of it.</summary>
    internal static string Condition(string digest, long until) => string.Create(
        CultureInfo.InvariantCulture,
        $"""{DuckSession.Literal(digest)} IN (sha256('u\x00'::BLOB || encode("user")), sha256('i\x00'::BLOB || encode(item))) AND epoch_us("time") <= {until}""");

    /// <summary>The query of all other rows.</summary>
    internal static string Rest(string file, string condition) => $"SELECT * FROM {Table(file)} WHERE ({condition}) IS NOT TRUE ORDER BY id";

    /// <returns>0 where the file is gone.</returns>
    internal static long Count(DuckSession session, string file, string condition)
    {
        try
        {
            using var command = session.Connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {Table(file)} WHERE {condition}";
            return (long)command.ExecuteScalar()!;
        }
        catch (DuckDBException) when (!File.Exists(file))
        {
            // Too old, and removed meanwhile.
            return 0;
        }
        catch (DuckDBException exception)
        {
            throw new DatasetException($"{file} cannot be read: {exception.Message.Split('\n', 2)[0]}", exception);
        }
    }

    private static string Table(string file) => $"read_parquet({DuckSession.FileLiteral(file)}, hive_partitioning = false)";

    private static long Now(TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
