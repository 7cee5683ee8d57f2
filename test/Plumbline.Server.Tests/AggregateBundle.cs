using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Learning;
using Plumbline.Pipelines;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests;

/// <summary>A small bundle whose contract has all aggregates, and the snapshot that it was trained on; made once for all tests.</summary>
internal static class AggregateBundle
{
    private const int Rows = 300;
    private static readonly DateTimeOffset Begin = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<Task<(string Bundle, Snapshot Snapshot)>> Trained = new(TrainAsync);

    public static string Directory => Trained.Value.GetAwaiter().GetResult().Bundle;

    public static Snapshot Snapshot => Trained.Value.GetAwaiter().GetResult().Snapshot;

    /// <summary>In order of time; some share their time, some have no user.</summary>
    public static IReadOnlyList<Review> Reviews { get; } = [.. Generate()];

    private static IEnumerable<Review> Generate()
    {
        var random = new RandomSource(11);
        for (var row = 0; row < Rows; row++)
        {
            var rating = 1 + random.NextInt32(5);
            var words = string.Join(' ', Enumerable.Repeat(new[] { "awful", "dull", "fine", "good", "loved" }[rating - 1], 1 + random.NextInt32(6)));
            var user = random.NextInt32(8) == 0 ? null : $"u{random.NextInt32(12)}";
            yield return new Review($"review {row} {words}", rating.ToString(CultureInfo.InvariantCulture), user, $"i{random.NextInt32(6)}", Begin.AddHours(row / 2 * 7));
        }
    }

    private static async Task<(string, Snapshot)> TrainAsync()
    {
        var home = new Home(Path.Combine(AppContext.BaseDirectory, "aggregate-home"));
        if (System.IO.Directory.Exists(home.Root))
            System.IO.Directory.Delete(home.Root, recursive: true);
        System.IO.Directory.CreateDirectory(home.Root);
        var csv = new StringBuilder("text,label,user,item,time\n");
        foreach (var review in Reviews)
            csv.Append(CultureInfo.InvariantCulture, $"{review.Text},{review.Label},{review.User},{review.Item},{review.Time:yyyy-MM-dd'T'HH:mm:ss'Z'}\n");
        var path = Path.Combine(home.Root, "reviews.csv");
        await File.WriteAllTextAsync(path, csv.ToString());
        var ingest = new IngestOptions { Source = new SourceOptions { Path = path }, Aggregates = EntityFeature.All, Threads = 1 };
        var snapshot = Snapshot.Ingest(ingest, home);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var pipeline = new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System);
        var result = await pipeline.RunAsync(snapshot, TrainingOptions.Default with { Threads = 1 }, "tests", 0, null, CancellationToken.None);
        return (result.Bundle, snapshot);
    }
}

internal sealed record Review(string Text, string Label, string? User, string? Item, DateTimeOffset Time);
