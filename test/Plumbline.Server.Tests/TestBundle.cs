using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Pipelines;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests;

/// <summary>A small bundle, trained once for all tests: ratings 1 to 5 of made-up reviews, and a numeric input <c>price</c>.</summary>
internal static class TestBundle
{
    private static readonly string[][] Words =
    [
        ["awful", "waste", "boring", "refund"],
        ["dull", "weak", "disappointing", "slow"],
        ["average", "okay", "fine", "mixed"],
        ["good", "enjoyable", "solid", "nice"],
        ["wonderful", "loved", "brilliant", "perfect"],
    ];

    private static readonly Lazy<Task<string>> Trained = new(() => TrainAsync("test-home", 600));
    private static readonly Lazy<Task<string>> TrainedOther = new(() => TrainAsync("test-home-other", 300));
    private static readonly Lazy<Task<string>> TrainedFlipped = new(() => TrainAsync("test-home-flipped", 600, flipped: 3));

    public static string Directory => Trained.Value.GetAwaiter().GetResult();

    /// <summary>As <see cref="Directory"/>, of fewer reviews: it answers a little differently.</summary>
    public static string Other => TrainedOther.Value.GetAwaiter().GetResult();

    /// <summary>As <see cref="Directory"/>, of reviews whose ratings were turned round, three of five: worse.</summary>
    public static string Flipped => TrainedFlipped.Value.GetAwaiter().GetResult();

    private static async Task<string> TrainAsync(string folder, int reviews, int flipped = 0)
    {
        var home = new Home(Path.Combine(AppContext.BaseDirectory, folder));
        if (System.IO.Directory.Exists(home.Root))
            System.IO.Directory.Delete(home.Root, recursive: true);
        System.IO.Directory.CreateDirectory(home.Root);
        var csv = Path.Combine(home.Root, "reviews.csv");
        await File.WriteAllTextAsync(csv, Reviews(reviews, flipped));
        var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = csv, Text = "text", Label = "rating", Numeric = ["price"] }, Threads = 1 }, home);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var pipeline = new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System);
        var result = await pipeline.RunAsync(snapshot, TrainingOptions.Default with { Threads = 1 }, "tests", 0, null, CancellationToken.None);
        return result.Bundle;
    }

    /// <param name="flipped">Of five.</param>
    private static string Reviews(int count, int flipped)
    {
        var random = new RandomSource(7);
        var csv = new StringBuilder("text,rating,price\n");
        for (var i = 0; i < count; i++)
        {
            var rating = i % Words.Length;
            csv.Append("the book was");
            for (var word = random.NextInt32(12); word >= 0; word--)
                csv.Append(' ').Append(Words[random.NextInt32(5) == 0 ? random.NextInt32(Words.Length) : rating][random.NextInt32(4)]);
            csv.Append(CultureInfo.InvariantCulture, $" story {i},{(i / Words.Length % 5 < flipped ? Words.Length - rating : rating + 1)},{(random.NextDouble() * 5) + rating:f2}\n");
        }
        return csv.ToString();
    }
}
