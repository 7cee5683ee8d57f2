using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Storage;

/// <summary>A SQLite store with many rows, and what damages it.</summary>
internal static class DamagedFile
{
    public const int Runs = 200;

    /// <returns>Ids of the runs, each with ten params.</returns>
    public static async Task<string[]> CreateAsync(string path)
    {
        await using var store = SqliteMetadataStore.Open(path, TimeProvider.System);
        var tracking = new TrackingStore(store, TimeProvider.System);
        var runs = await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => tracking.CreateRunAsync(
            new NewRun { Data = new RunBatch { Params = [.. Enumerable.Range(0, 10).Select(key => KeyValuePair.Create($"p{key}", $"{i} {new string('x', 100)}"))] } }, TestContext.Current.CancellationToken)));
        for (var i = 0; i < 50; i++)
            await store.WriteAsync(connection => Audit(connection, i), TestContext.Current.CancellationToken);
        return [.. runs.Select(run => run.Id)];
    }

    /// <summary>Overwrites the first leaf page of a table or an index.</summary>
    public static void DestroyLeaf(string path, string name)
    {
        Checkpoint(path);
        var (page, size) = Leaf(path, name);
        using var file = new FileStream(path, FileMode.Open);
        file.Position = (page - 1) * size;
        file.Write(Enumerable.Repeat((byte)0xA5, (int)size).ToArray());
    }

    public static void Overwrite(string path, long offset, byte[] bytes)
    {
        Checkpoint(path);
        using var file = new FileStream(path, FileMode.Open);
        file.Position = offset;
        file.Write(bytes);
    }

    private static bool Audit(System.Data.Common.DbConnection connection, int number)
    {
        EventLog.Append(connection, number, "ann", "noted", number.ToString(CultureInfo.InvariantCulture), []);
        return true;
    }

    // Else the log beside the file would hide the damage.
    private static void Checkpoint(string path)
    {
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadWrite);
        connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static (long Page, long Size) Leaf(string path, string name)
    {
        using var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly);
        var page = (long)connection.Scalar("SELECT rootpage FROM sqlite_master WHERE name = @name", ("name", name))!;
        var size = (long)connection.Scalar("PRAGMA page_size")!;
        var bytes = File.ReadAllBytes(path);
        // An interior page, of type 2 or 5, has the number of its first child where its first cell points to.
        while (bytes[(page - 1) * size] is 2 or 5)
        {
            var start = (int)((page - 1) * size);
            var cell = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(start + 12));
            page = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(start + cell));
        }
        return (page, size);
    }
}
