using DuckDB.NET.Native;

namespace Plumbline.Datasets.Aggregates;

/// <summary>The file of a snapshot that holds what is known of every entity after its last record: where an online store begins.</summary>
internal static class EntityStates
{
    public const string FileName = "entities.parquet";

    /// <param name="kinds">Ids and states of each kind; entities without any record or label are left out.</param>
    public static SnapshotFile Write(string folder, params ReadOnlySpan<(EntityKind Kind, EntityIndex Ids, AsOfValues Values)> kinds)
    {
        var path = Path.Combine(folder, FileName);
        using var session = new DuckSession(threads: 1, memoryMegabytes: 1024, folder);
        session.Execute("CREATE TABLE entities (kind VARCHAR, id VARCHAR, state BLOB)");
        long rows = 0;
        using (var appender = new ChunkAppender(session, "entities", [DuckDBType.Varchar, DuckDBType.Varchar, DuckDBType.Blob]))
        {
            Span<byte> bytes = stackalloc byte[EntityState.Size];
            foreach (var (kind, ids, values) in kinds)
            {
                var states = values.States(kind);
                for (var entity = 0; entity < states.Length; entity++)
                {
                    if (states[entity] is { Records: 0, Labels: 0 })
                        continue;
                    states[entity].Write(bytes);
                    appender.Set(0, NameOf(kind));
                    appender.Set(1, ids.Id(entity));
                    appender.Set(2, bytes);
                    appender.EndRow();
                    rows++;
                }
            }
            appender.Complete();
        }
        session.Write($"COPY entities TO {DuckSession.Literal(path)} (FORMAT parquet, COMPRESSION zstd)");
        return new SnapshotFile(FileName, rows, new FileInfo(path).Length, Snapshot.Sha256(path));
    }

    /// <summary>Streams what <see cref="Write"/> wrote.</summary>
    public static IEnumerable<(EntityKind Kind, byte[] Id, EntityState State)> Read(string folder)
    {
        using var session = new DuckSession(threads: 1, memoryMegabytes: 512);
        using var cursor = new ChunkCursor(session, $"SELECT kind, id, state FROM read_parquet({DuckSession.FileLiteral(Path.Combine(folder, FileName))})");
        while (cursor.Next())
        {
            for (var row = 0; row < cursor.Count; row++)
            {
                var kind = cursor.Utf8(0, row).SequenceEqual(NameOf(EntityKind.User)) ? EntityKind.User : EntityKind.Item;
                yield return (kind, cursor.Utf8(1, row).ToArray(), EntityState.Read(cursor.Utf8(2, row)));
            }
        }
    }

    private static ReadOnlySpan<byte> NameOf(EntityKind kind) => kind == EntityKind.User ? "user"u8 : "item"u8;
}
