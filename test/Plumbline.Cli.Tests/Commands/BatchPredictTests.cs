using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Plumbline.Inference;
using Plumbline.Inference.Batch;
using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

public sealed class BatchPredictTests(TrainedHome trained)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("out.csv", 3)]
    [InlineData("out.parquet", 2)]
    public Task Predict_KilledNowAndThen_GoesOnAndEndsByteEqual(string output, int kills) => KillAsync(output, kills, 150_000);

    [Theory(Explicit = true)]
    [InlineData("out.csv.gz", 60)]
    [InlineData("out.parquet", 60)]
    public Task Predict_KilledVeryOften_GoesOnAndEndsByteEqual(string output, int kills) => KillAsync(output, kills, 2_000_000);

    [Fact]
    public async Task Predict_CtrlC_SaysHowToGoOn()
    {
        using var folder = new TemporaryFolder();
        string[] predict = ["predict", "--bundle", trained.Bundle, "--input", Write(folder, 400_000), "--output", folder.File("out.csv"), "--home", trained.Home, "--threads", "1"];
        using var process = Cli.Start(folder.Path, predict);
        var error = process.StandardError.ReadToEndAsync(Token);
        await PartAsync(folder.File("out.csv.parts"), process, isOfJob: false);
        await Cli.SignalAsync(process, "INT");
        await process.WaitForExitAsync(Token);
        process.ExitCode.ShouldBe(130, await error);
        (await error).ShouldContain("The same command goes on there; with --restart it begins anew.");
        File.Exists(folder.File("out.csv")).ShouldBeFalse();
        (await Cli.RunAsync([.. predict, "--json"])).ShouldSucceed().Json.GetProperty("resumed").GetInt64().ShouldBeGreaterThanOrEqualTo(65_536);
    }

    [Fact]
    public async Task Predict_RowsWithoutAnswers_ToldAndKeptBeside()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.jsonl", "{\"id\": 7, \"text\": \"good\"}\n{\"id\": 8, \"text\": 5}\n");
        string[] predict = ["predict", "--bundle", "reviews/1", "--input", input, "--home", trained.Home, "--keep", "id"];
        var told = (await Cli.RunAsync([.. predict, "--output", folder.File("out.csv"), "--version-column"])).ShouldSucceed();
        told.Error.ShouldContain("1 answers in");
        told.Error.ShouldContain("1 rows cannot be answered");
        var lines = File.ReadAllLines(folder.File("out.csv"));
        lines[0].ShouldStartWith("id,label,probability,p_");
        lines[0].ShouldEndWith(",version");
        (lines[1][..2], lines[2]).ShouldBe(("7,", $"8,{new string(',', lines[0].Count(c => c == ',') - 2)},reviews/1"));
        var json = (await Cli.RunAsync([.. predict, "--output", folder.File("out.parquet"), "--json"])).ShouldSucceed().Json;
        (json.GetProperty("rows").GetInt64(), json.GetProperty("errors").GetInt64()).ShouldBe((2, 1));
        (await Cli.RunAsync([.. predict, "--output", "-"])).ShouldSucceed().Error.ShouldContain("no answer: ");
        (await Cli.RunAsync([.. predict, "--output", folder.File("out.csv"), "--max-errors", "0%", "--json"])).ShouldFail(3, "data", "at most 0% may be");
        (await Cli.RunAsync([.. predict, "--output", folder.File("out.csv"), "--max-errors", "few"])).Code.ShouldBe(2);
        (await Cli.RunAsync("predict", "--bundle", "reviews/1", "--json")).ShouldFail(2, "usage", "--input");
    }

    [Fact]
    public async Task PredictJob_BesideWorkersKilledAndFrozen_CompletesItOnce()
    {
        using var folder = new TemporaryFolder();
        var home = new Home(folder.Home);
        var input = Write(folder, 400_000);
        string id;
        await using (var store = SqliteMetadataStore.Open(home.Database, TimeProvider.System))
            id = (await new BatchJobStore(store, TimeProvider.System).CreateAsync(Define(input, folder.File("out.csv")), new string('a', 64), null, "ann", Token)).Id;
        CopyBundle(home);
        string[] help = ["predict", "--job", id, "--threads", "1", "--home", folder.Home];
        using var frozen = Cli.Start(folder.Path, help);
        using var killed = Cli.Start(folder.Path, help);
        foreach (var worker in new[] { frozen, killed })
            _ = worker.StandardError.ReadToEndAsync(Token);
        await PartAsync(folder.File("out.csv.parts"), killed, isOfJob: true);
        await Cli.SignalAsync(killed, "KILL");
        await killed.WaitForExitAsync(Token);
        await FreezeAsync(frozen, home.Database);
        (await Cli.RunAsync("batch-jobs", "list", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("running");
        var ended = (await Cli.RunAsync([.. help, "--json"])).ShouldSucceed().Json;
        (ended.GetProperty("state").GetString(), ended.GetProperty("rows").GetInt64()).ShouldBe(("completed", 400_000));
        var written = File.GetLastWriteTimeUtc(folder.File("out.csv"));
        await Cli.SignalAsync(frozen, "CONT");
        await frozen.WaitForExitAsync(Token);
        (frozen.ExitCode, File.GetLastWriteTimeUtc(folder.File("out.csv")), Directory.Exists(folder.File("out.csv.parts"))).ShouldBe((0, written, false));
        (await Cli.RunAsync("batch-jobs", "show", id, "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("400,000 rows");
        (await Cli.RunAsync("batch-jobs", "cancel", id, "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "has ended");
        (await Cli.RunAsync([.. help, "--output", "x.csv", "--json"])).ShouldFail(2, "usage", "does not go with --job");
        (await Cli.RunAsync("predict", "--bundle", trained.Bundle, "--input", input, "--output", folder.File("whole.csv"), "--home", trained.Home)).ShouldSucceed();
        File.ReadAllBytes(folder.File("out.csv")).ShouldBe(File.ReadAllBytes(folder.File("whole.csv")));
    }

    /// <summary>Stops a process while it does not hold the lock of the store: nobody could take that from it.</summary>
    private static async Task FreezeAsync(Process process, string database)
    {
        while (true)
        {
            await Cli.SignalAsync(process, "STOP");
            try
            {
                await using var connection = new SqliteConnection($"Data Source={database};Pooling=False;Default Timeout=1");
                await connection.OpenAsync(Token);
                await using var transaction = connection.BeginTransaction(deferred: false);
                return;
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
            {
                await Cli.SignalAsync(process, "CONT");
            }
        }
    }

    private async Task KillAsync(string output, int kills, int rows)
    {
        using var folder = new TemporaryFolder();
        var input = Write(folder, rows);
        string[] predict = ["predict", "--bundle", trained.Bundle, "--input", input, "--keep", "id", "--home", trained.Home];
        (await Cli.RunAsync([.. predict, "--output", folder.File("whole-" + output)])).ShouldSucceed();
        var random = new Statistics.RandomSource(5);
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = Cli.Start(folder.Path, [.. predict, "--output", output, "--threads", "1"]);
            _ = process.StandardError.ReadToEndAsync(Token);
            await Task.WhenAny(process.WaitForExitAsync(Token), Task.Delay(400 + random.NextInt32(2_500), Token));
            if (process.HasExited)
                break;
            await Cli.SignalAsync(process, "KILL");
            await process.WaitForExitAsync(Token);
            if (File.Exists(folder.File(output)))
                File.ReadAllBytes(folder.File(output)).ShouldBe(File.ReadAllBytes(folder.File("whole-" + output)));
        }
        (await Cli.RunProcessAsync(folder.Path, [.. predict, "--output", output])).ShouldSucceed();
        File.ReadAllBytes(folder.File(output)).ShouldBe(File.ReadAllBytes(folder.File("whole-" + output)));
        Directory.Exists(folder.File(output + ".parts")).ShouldBeFalse();
    }

    /// <summary>Until a first chunk is done.</summary>
    private static async Task PartAsync(string parts, Process process, bool isOfJob)
    {
        while (!process.HasExited && !(Directory.Exists(parts) && Directory.EnumerateFiles(parts, "*.part").Any()))
            await Task.Delay(10, Token);
        process.HasExited.ShouldBeFalse();
        // Where no job keeps count, the part is done only when a manifest says so.
        while (!isOfJob && !process.HasExited && Directory.Exists(parts) && !File.Exists(Path.Combine(parts, "manifest.json")))
            await Task.Delay(10, Token);
    }

    private static string Write(TemporaryFolder folder, int rows) =>
        folder.Write("in.csv", "id,text\n" + string.Concat(Enumerable.Range(0, rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row},a book that was good {row % 97} times\n"))));

    private BatchJobDefinition Define(string input, string output)
    {
        using var predictor = Predictor.Load(trained.Bundle);
        return new BatchJobDefinition("reviews", "reviews/1", predictor.Digest, input, output, AnswerFormat.Csv, new BatchColumns("text", null, null, null), null, [], false, null, 1000, [], "here")
            .Inspect(predictor, new S3Options(), new Datasets.RetryOptions(), null, Token);
    }

    private void CopyBundle(Home home)
    {
        var target = Directory.CreateDirectory(Path.Combine(home.Bundles, Path.GetFileName(trained.Bundle))).FullName;
        foreach (var file in Directory.GetFiles(trained.Bundle))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }
}
