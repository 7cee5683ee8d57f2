using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Bench;

/// <summary>Feedback taken in bulk by clients that each wait until it is durable, then joined with its predictions; and what a prediction costs to log.</summary>
internal static class FeedbackCommand
{
    private const int Clients = 4;
    private const int ItemsOfBulk = 1000;
    private const string Node = "0123456789ab";

    /// <param name="args">Predictions, then the address of a PostgreSQL database that may be filled.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var folder = Directory.CreateTempSubdirectory("plumbline-feedback-");
        try
        {
            var predictions = Path.Combine(folder.FullName, "predictions");
            var ids = await LogAsync(predictions, rows);
            await using (var store = SqliteMetadataStore.Open(Path.Combine(folder.FullName, "plumbline.db"), TimeProvider.System))
                await MeasureAsync("sqlite", store, predictions, ids);
            if (args.Length > 1 && PostgresStoreOptions.Parse(args[1], "ADDRESS") is { } options)
            {
                await using var store = PostgresMetadataStore.Open(options, TimeProvider.System);
                await MeasureAsync("postgres", store, predictions, ids);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task<Guid[]> LogAsync(string folder, int rows)
    {
        var begun = Stopwatch.GetTimestamp();
        var ids = new Guid[rows];
        TimeSpan appended;
        long dropped;
        await using (var log = PredictionLog.Open(new PredictionLogOptions { Folder = folder }, Node, TimeProvider.System))
        {
            var version = log.Register(new LoggedVersion("reviews/3", new string('a', 64), ["1", "2", "3", "4", "5"], ["price"], []));
            float[] probabilities = [0.1f, 0.1f, 0.1f, 0.2f, 0.5f], price = [1];
            for (var i = 0; i < rows; i++)
            {
                ids[i] = IdOf(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), i);
                log.Append(new PredictionEntry { Version = version, Id = ids[i], Time = 0, Label = 4, Probabilities = probabilities, Numeric = price, User = "A3SPTOKDG7WBLN"u8, Item = "B000F83SZQ"u8 });
            }
            appended = Stopwatch.GetElapsedTime(begun);
            dropped = log.Dropped;
            begun = Stopwatch.GetTimestamp();
        }
        Print(new { of = "log a prediction", rows, dropped, nanoseconds = Math.Round(appended.TotalNanoseconds / rows), archive_seconds = Seconds(begun) });
        return ids;
    }

    private static async Task MeasureAsync(string name, IMetadataStore store, string predictions, Guid[] ids)
    {
        var feedback = new FeedbackStore(store, TimeProvider.System);
        var bulks = ids.Chunk(ItemsOfBulk).ToArray();
        var next = -1;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < bulks.Length)
                await feedback.AddAsync([.. bulks[i].Select(id => new FeedbackItem(id, "5", Id: $"{id:N}"))]);
        })));
        Print(new { store = name, of = "take feedback", clients = Clients, items_of_bulk = ItemsOfBulk, rows = ids.Length, per_second = Math.Round(ids.Length / Seconds(begun)) });
        begun = Stopwatch.GetTimestamp();
        var joined = await new FeedbackJoiner(feedback, predictions, TimeSpan.FromDays(30), TimeProvider.System).JoinAsync();
        Print(new { store = name, of = "join feedback", rows = joined, per_second = Math.Round(joined / Seconds(begun)) });
    }

    private static Guid IdOf(long milliseconds, int count)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)milliseconds << 16) | 0x7000 | ((uint)(count >> 14) & 0xFFF));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (1UL << 63) | ((ulong)(count & 0x3FFF) << 48) | ulong.Parse(Node, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return new Guid(bytes, bigEndian: true);
    }

    private static double Seconds(long begun) => Math.Round(Stopwatch.GetElapsedTime(begun).TotalSeconds, 3);

    private static void Print<T>(T measured) => Console.WriteLine(JsonSerializer.Serialize(measured));
}
