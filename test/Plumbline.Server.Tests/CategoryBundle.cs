using System.Globalization;
using System.Text;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Pipelines;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Tests;

/// <summary>A bundle with the categorical inputs <c>country</c> and <c>shop</c> (a number) and the numeric input <c>price</c>, and the snapshot that it was trained on.</summary>
internal static class CategoryBundle
{
    private static readonly string?[] Countries = [" DE ", "FR", "", "\"Ål\u0000and\"", "IT"];

    private static readonly Lazy<(string Directory, Snapshot Snapshot)> Trained = new(() => TrainAsync().GetAwaiter().GetResult());

    public static string Directory => Trained.Value.Directory;

    public static Snapshot Snapshot => Trained.Value.Snapshot;

    /// <summary>The file that the snapshot is of.</summary>
    public static string Source => Path.Combine(Root, "orders.csv");

    private static string Root => Path.Combine(AppContext.BaseDirectory, "category-home");

    private static async Task<(string, Snapshot)> TrainAsync()
    {
        var home = new Home(Root);
        if (System.IO.Directory.Exists(home.Root))
            System.IO.Directory.Delete(home.Root, recursive: true);
        System.IO.Directory.CreateDirectory(home.Root);
        var csv = new StringBuilder("text,label,country,shop,price\n");
        for (var i = 0; i < 500; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"order {i} of {i % 17},{(i % 5 is 1 or 3 ? "late" : "fine")},{(i % 20 == 9 ? $"rare {i}" : Countries[i % 5])},");
            csv.Append(CultureInfo.InvariantCulture, $"{(i % 11 == 0 ? "" : i % 3)},{(i % 9 == 0 ? "" : (i % 8) + 0.25)}\n");
        }
        await File.WriteAllTextAsync(Source, csv.ToString());
        var snapshot = Snapshot.Ingest(
            new IngestOptions { Source = new SourceOptions { Path = Source, Numeric = ["price"], Categorical = ["country", "shop"] }, Threads = 1 }, home);
        await using var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var pipeline = new TrainingPipeline(home, new TrackingStore(store, TimeProvider.System), store, TimeProvider.System);
        var result = await pipeline.RunAsync(snapshot, TrainingOptions.Default with { Threads = 1 }, "tests", 0, null, CancellationToken.None);
        return (result.Bundle, snapshot);
    }
}
