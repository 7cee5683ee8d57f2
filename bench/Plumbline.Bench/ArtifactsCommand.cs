using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Plumbline.Server;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Bench;

/// <summary>
/// One large file into and out of an artifact store of files, directly and through the HTTP proxy, beside <c>cp</c> and an fsync on the same disk, in turn; peak memory of store,
/// server and client, which are one process here.
/// </summary>
internal static class ArtifactsCommand
{
    private const int Rounds = 3;

    private static readonly ArtifactTree Tree = new(ArtifactKind.Runs, "bench");

    /// <param name="args">MiB of the file, and the folder to work in.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var mebibytes = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1024;
        var folder = args.Length > 1 ? Directory.CreateDirectory(Path.Combine(args[1], $"plumbline-artifacts-{Environment.ProcessId}")) : Directory.CreateTempSubdirectory("plumbline-artifacts-");
        try
        {
            // A quarter of it first: if memory is flat, the whole needs no more.
            await MeasureAsync(folder.FullName, Math.Max(1, mebibytes / 4), rounds: 1);
            await MeasureAsync(folder.FullName, mebibytes, Rounds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static async Task MeasureAsync(string folder, int mebibytes, int rounds)
    {
        var (source, target, root) = (Path.Combine(folder, "source"), Path.Combine(folder, "target"), Path.Combine(folder, "store"));
        WriteSource(source, mebibytes);
        var home = new Home(Path.Combine(folder, "home")) { Artifacts = ArtifactStoreOptions.Parse(root, "bench", folder) };
        await using var metadata = SqliteMetadataStore.Open(home.Database, TimeProvider.System);
        var run = (await new TrackingStore(metadata, TimeProvider.System).CreateRunAsync(new NewRun { ExperimentId = 0 })).Id;
        using var store = await ArtifactStore.OpenAsync(home.Artifacts!, home.Temporary, TimeProvider.System);
        await using var server = await TrackingServer.StartAsync(new TrackingServerOptions { Home = home, Port = 0 }, metadata, TextWriter.Null);
        using var client = new HttpClient { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        var address = $"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/file";

        var copies = new List<double>();
        var measured = new Dictionary<string, List<double>>(StringComparer.Ordinal) { ["up"] = [], ["down"] = [], ["http up"] = [], ["http down"] = [] };
        for (var round = 0; round < rounds; round++)
        {
            copies.Add(await TimeAsync(source, () => ShellAsync("cp \"$1\" \"$2\" && sync \"$2\"", source, target)));
            File.Delete(target);
            Blob? blob = null;
            measured["up"].Add(await TimeAsync(source, async () =>
            {
                await using var file = File.OpenRead(source);
                blob = await store.PutAsync(Tree, ["file"], file);
            }));
            measured["down"].Add(await TimeAsync(source, () => store.FetchAsync(blob!, target)));
            File.Delete(target);
            Directory.Delete(Path.Combine(root, "blobs"), recursive: true);
            measured["http up"].Add(await TimeAsync(source, () => UploadAsync(client, address, source)));
            measured["http down"].Add(await TimeAsync(source, () => DownloadAsync(client, address, target)));
            File.Delete(target);
            Directory.Delete(Path.Combine(root, "blobs"), recursive: true);
        }
        Report(mebibytes, copies, measured);
        await server.StopAsync();
    }

    private static void Report(int mebibytes, List<double> copies, Dictionary<string, List<double>> measured)
    {
        // The fastest: what else runs only ever adds.
        var copy = copies.Min();
        Print("cp and fsync", copy);
        foreach (var (name, seconds) in measured)
            Print(name, seconds.Min());

        void Print(string what, double seconds) => Console.WriteLine(JsonSerializer.Serialize(new
        {
            mebibytes,
            what,
            seconds = Math.Round(seconds, 3),
            mebibytes_per_second = Math.Round(mebibytes / seconds),
            of_cp = Math.Round(copy / seconds, 2),
            peak_mib = Math.Round(PeakMebibytes()),
        }));
    }

    private static void WriteSource(string path, int mebibytes)
    {
        var random = new RandomSource(1);
        var block = new byte[1 << 20];
        using var file = File.Create(path);
        for (var i = 0; i < mebibytes; i++)
        {
            // Enough that no two blocks are alike.
            for (var at = 0; at < block.Length; at += 8)
                BitConverter.TryWriteBytes(block.AsSpan(at), random.NextUInt64());
            file.Write(block);
        }
        file.Flush(flushToDisk: true);
    }

    private static async Task ShellAsync(string script, params string[] arguments)
    {
        using var process = Process.Start("sh", ["-c", script, "sh", .. arguments]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new IOException($"{script} ended with {process.ExitCode}");
    }

    private static async Task UploadAsync(HttpClient client, string address, string source)
    {
        using var content = new StreamContent(File.OpenRead(source), 1 << 20);
        using var response = await client.PutAsync(address, content);
        response.EnsureSuccessStatusCode();
    }

    private static async Task DownloadAsync(HttpClient client, string address, string target)
    {
        using var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var file = File.Create(target);
        await (await response.Content.ReadAsStreamAsync()).CopyToAsync(file, 1 << 20);
        file.Flush(flushToDisk: true);
    }

    /// <param name="source">Copied and removed before: so all find memory for the page cache that was in use a moment ago. Of a virtual machine, other memory is slower.</param>
    private static async Task<double> TimeAsync(string source, Func<Task> work)
    {
        await ShellAsync("cp \"$1\" \"$1.before\" && rm \"$1.before\"", source);
        var begun = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static double PeakMebibytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1024.0 / 1024;
    }
}
