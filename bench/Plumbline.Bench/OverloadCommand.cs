using System.Globalization;
using Plumbline.Bench.Load;
using Plumbline.Inference.Caching;
using Plumbline.Server;
using Plumbline.Server.Tests.Admission;

namespace Plumbline.Bench;

/// <summary>
/// What a server answers in time of several times the load that it can do: first the most that it answers, by few callers that never pause, then the open-loop load. One JSON line; all in one process.
/// </summary>
internal static class OverloadCommand
{
    /// <summary>Multiplications a text; two cores then answer about 100 texts a second.</summary>
    private const int PerText = 48;

    private const int FewConnections = 32;

    /// <summary>More than are ever in flight with a slow model, so that no request waits for a connection.</summary>
    private const int Connections = 512;

    public static async Task<int> RunAsync(string[] args)
    {
        var factor = Number(0, 3);
        var seconds = Number(1, 10);
        var deadline = TimeSpan.FromMilliseconds(Number(2, 500));
        var folder = Directory.CreateTempSubdirectory("plumbline-bench-");
        try
        {
            var model = args.Length > 3 ? args[3] : Path.Combine(folder.FullName, "slow.onnx");
            if (args.Length <= 3)
                SlowGraph.Write(model, perCall: 0, PerText);
            await using var server = await PredictionServer.StartAsync(new ServerOptions { Bundle = model, Port = 0, Cache = new PredictionCacheOptions { MemoryBytes = 0 } }, TextWriter.Null);
            await server.Ready;
            var url = new Uri(server.Address, "/predict");
            // Due at once, all of them: each connection sends as soon as it is free.
            var most = Load("", 1e6 / seconds, FewConnections).RateAchieved;
            var over = Load($"X-Plumbline-Timeout-Ms: {deadline.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}\r\n", factor * most, Connections);
            // The load ends later than planned where connections were too few.
            var inTime = over.InTime * over.RateAchieved / Math.Max(1, over.Ok);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"most_per_second":{{most:f1}},"asked_per_second":{{over.RateAsked:f1}},"sent_per_second":{{over.Sent * over.RateAchieved / Math.Max(1, over.Ok):f1}},"in_time_per_second":{{inTime:f1}},"in_time_share_of_most":{{inTime / most:f3}},"late":{{over.Ok - over.InTime}},"refused_share":{{(double)over.Refused / Math.Max(1, over.Sent):f3}},"failed_otherwise":{{over.Sent - over.Ok - over.Refused}},"deadline_ms":{{deadline.TotalMilliseconds}},"accepted_p50_ms":{{over.P50Ms:f1}},"accepted_p99_ms":{{over.P99Ms:f1}}}"""));
            return 0;

            LoadResult Load(string headers, double rate, int connections) =>
                new OpenLoop(Requests.ServerOf(url), [Requests.Build(url, headers, """{"texts":["fine"]}""")], rate, seconds, connections, deadline).Run();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        double Number(int place, double otherwise) => args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : otherwise;
    }
}
