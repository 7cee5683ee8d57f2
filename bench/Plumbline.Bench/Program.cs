using System.Net;
using System.Net.Sockets;
using Plumbline.Bench;
using Plumbline.Storage;

var commands = new Dictionary<string, (string Usage, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["generate"] = ("ROWS [THREADS [FILE|-]]               rows/s and MB/s of the review generator; - counts types too", GenerateCommand.RunAsync),
    ["copy"] = ("CSV PARQUET                           DuckDB's plain copy, the peer of an ingest", CopyCommand.RunAsync),
    ["texts"] = ("CSV [N]                               texts of a CSV file as JSON strings, one a line", TextsCommand.RunAsync),
    ["predict"] = ("BUNDLE TEXTS                          microseconds a text in process, bytes allocated", PredictCommand.RunAsync),
    ["cache"] = ("BUNDLE TEXTS                          microseconds of an answer found beside one computed, bytes allocated, hit ratios", CacheCommand.RunAsync),
    ["alerts"] = ("[OBSERVATIONS [EVENTS]]               nanoseconds to count a request, milliseconds of a round of alerts, events kept a second", AlertsCommand.RunAsync),
    ["lookup"] = ("[ENTITIES [REDIS]]                    microseconds of a lookup in the feature store, bytes allocated", LookupCommand.RunAsync),
    ["runs"] = ("[N [ADDRESS]]                         milliseconds of searches over N runs (100000) of ten metrics", RunsCommand.RunAsync),
    ["lineage"] = ("[RUNS [ADDRESS]]                      milliseconds of the lineage of a snapshot with RUNS (2000) runs, their contracts and bundles", LineageCommand.RunAsync),
    ["metadata"] = ("[RUNS [ADDRESS]]                      milliseconds to create a run and to log a batch of 10 metrics, 20 clients at once", MetadataCommand.RunAsync),
    ["feedback"] = ("[ROWS [ADDRESS]]                      predictions logged, feedback taken in bulk and joined: a second", FeedbackCommand.RunAsync),
    ["drift"] = ("[WINDOWS] | slice [ROWS]                             what counting a request for drift costs; a report over 100M requests; false alarms over WINDOWS (500), power by PSI", DriftCommand.RunAsync),
    ["pipelines"] = ("[TASKS [ADDRESS]]                     milliseconds that scheduling each of TASKS (10000) mapped tasks costs, by one worker and by two", PipelinesCommand.RunAsync),
    ["quality"] = ("[WINDOWS] [SEED]                      how far estimates without labels are off; false alarms of concept drift over WINDOWS (500), and how many of as many losses of 5 points are found within 1,000 labels", QualityCommand.RunAsync),
    ["follow"] = ("[CHANGES [ADDRESS]]                   milliseconds from a changed traffic plan until who watches the store is told", FollowCommand.RunAsync),
    ["artifacts"] = ("[MIB [FOLDER]]                        one file into and out of an artifact store, directly and over HTTP, beside cp and fsync", ArtifactsCommand.RunAsync),
    ["tuning"] = ("[--trials N] [--seeds N] [--problems N] [--pruners N]  what samplers find, what pruners save", TuningCommand.RunAsync),
    ["pruning"] = ("FILE [SEEDS [TRIALS [FAMILIES [PRUNERS [FIRST]]]]]  what pruners save on fits of a file, and whether the best is as good", PruningCommand.RunAsync),
    ["paired"] = ("TRUTH FIRST SECOND                    macro-F1 of two files of labels, 95 % bootstrap interval of the difference", PairedCommand.RunAsync),
    ["bare"] = ("PORT                                  serves a constant: the framework's own limit", BareCommand.RunAsync),
    ["load"] = ("URL RATE SECONDS CONNECTIONS TEXTS    open-loop load; latencies from the scheduled time", LoadCommand.RunAsync),
    ["overload"] = ("[FACTOR [SECONDS [DEADLINE_MS [BUNDLE]]]]  FACTOR (3) times the most that a server of a slow graph, or of BUNDLE, answers: share of the most that is answered in time, 99th percentile", OverloadCommand.RunAsync),
    ["fuzz"] = ("ADDRESS[,GRPC]|BUNDLE COUNT [SEED [NUMBER]]  COUNT wrong requests, or that of NUMBER alone: what fails a server, what it tells, what memory it takes", FuzzCommand.RunAsync),
    ["swaps"] = ("BUNDLE_A BUNDLE_B N [RATE]            N swaps between two versions at RATE requests a second (four fifths of what it answers): answers that fail or mix them, memory", SwapsCommand.RunAsync),
    ["protocols"] = ("BUNDLE TEXTS [COUNT [ROWS]]           microseconds of a request of COUNT (1) texts by each interface; a stream of ROWS (100000)", ProtocolsCommand.RunAsync),
    ["path"] = ("BUNDLE TEXTS [SECONDS]                requests/s and bytes a request of a server, by what is on: nothing, everything, telemetry", RequestPathCommand.RunAsync),
    ["first-answer"] = ("URL TEXTS [-- COMMAND...]             milliseconds from process start to the first 200", FirstAnswerCommand.RunAsync),
    ["report"] = ("RESULTS.jsonl                         the table and summary of bench/run", ReportCommand.RunAsync),
    ["port"] = ("                                      a free port", _ => PrintFreePort()),
};

if (args.Length == 0 || !commands.TryGetValue(args[0], out var command))
{
    Console.Error.WriteLine("usage: Plumbline.Bench COMMAND ...");
    foreach (var (name, (usage, _)) in commands)
        Console.Error.WriteLine($"  {name,-13} {usage}");
    return 2;
}
try
{
    return await command.Run(args[1..]);
}
catch (Exception error) when (error is ArgumentException or FormatException or IndexOutOfRangeException)
{
    Console.Error.WriteLine($"{args[0]}: {error.Message}\nusage: Plumbline.Bench {args[0]} {command.Usage.Trim()}");
    return 2;
}
catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException or TimeoutException or SocketException or MetadataException)
{
    Console.Error.WriteLine($"{args[0]}: {error.Message}");
    return 1;
}

static Task<int> PrintFreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
    return Task.FromResult(0);
}
