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
        var until = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        // First, so that what becomes part of the archive meanwhile comes without it.
        Erasures.Add(folder, kind, key, until);
        using var session = new DuckSession(threads: 1, MemoryMegabytes, PredictionFolder.Segments(folder));
        var condition = string.Create(
            CultureInfo.InvariantCulture, $"""{(kind == EntityKind.User ? "\"user\"" : "item")} = {DuckSession.Literal(key)} AND epoch_us("time") <= {until}""");
        var erased = 0L;
        foreach (var file in PredictionFolder.Hours(folder).SelectMany(hour => PredictionFolder.Files(folder, hour)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Count(session, file, condition) is not (> 0 and var rows))
                continue;
            Replace(session, file, condition, cancellation);
            erased += rows;
        }
        return erased;
    }

    /// <summary>As <see cref="Erase"/>, and leaves an event of it in the audit log.</summary>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <exception cref="MetadataException">The store does not answer: what was erased stays erased, and another call leaves the event.</exception>
    public static async Task<long> EraseAsync(
        string folder, EntityKind kind, string key, IMetadataStore store, string actor, string reason, TimeProvider time, CancellationToken cancellation = default)
    {
        var erased = await Task.Run(() => Erase(folder, kind, key, time, cancellation), cancellation).ConfigureAwait(false);
        var digest = Erasures.DigestOf(kind, Encoding.UTF8.GetBytes(key));
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

    private static long Count(DuckSession session, string file, string condition)
    {
        try
        {
            using var command = session.Connection.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM read_parquet({DuckSession.FileLiteral(file)}, hive_partitioning = false) WHERE {condition}";
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

    private static void Replace(DuckSession session, string file, string condition, CancellationToken cancellation)
    {
        // Before the file changes: whatever happens then, it is shipped again.
        File.Delete(file + PredictionFolder.ShippedSuffix);
        SegmentArchive.Publish(
            session, $"SELECT * FROM read_parquet({DuckSession.FileLiteral(file)}, hive_partitioning = false) WHERE ({condition}) IS NOT TRUE ORDER BY id", Path.GetDirectoryName(file)!, Path.GetFileName(file), cancellation);
    }
}
