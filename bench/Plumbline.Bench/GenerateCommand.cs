using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Datasets.Generation;

namespace Plumbline.Bench;

/// <summary>Measures <see cref="ReviewGenerator"/>; to "-" counts the types (lower-case runs of letters and digits) too, else writes FILE.</summary>
internal static class GenerateCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var rows = long.Parse(args[0], CultureInfo.InvariantCulture);
        var threads = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        var target = args.Length > 2 ? args[2] : null;
        var generator = new ReviewGenerator(new ReviewGeneratorOptions { Rows = rows });

        using var counter = new TypeCountingStream(countTypes: target == "-");
        await using var stream = target is null or "-" ? (Stream)counter : File.Create(target);
        var clock = Stopwatch.StartNew();
        await generator.WriteCsvAsync(stream, threads);
        var seconds = clock.Elapsed.TotalSeconds;
        var bytes = stream.Position;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            rows,
            threads,
            seconds,
            rows_per_second = rows / seconds,
            mb_per_second = bytes / seconds / 1e6,
            bytes_per_row = (double)bytes / rows,
            types = target == "-" ? counter.Types : (long?)null,
            tokens = target == "-" ? counter.Tokens : (long?)null,
        }));
        return 0;
    }
}
