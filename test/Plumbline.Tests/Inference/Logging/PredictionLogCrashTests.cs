using System.Text;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Logging;

public sealed class PredictionLogCrashTests
{
    private const string OtherNode = "ffffffffffff";
    private static readonly PredictionQuery All = new(DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch.AddYears(100));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_ProcessKilled_AllButTheLastSecondIsThere()
    {
        using var folder = new TemporaryFolder();
        var acknowledged = await KilledWriter.RunAsync(typeof(PredictionLogCrashTests), nameof(Child_AppendsUntilKilled), folder, kill: 20_000);
        var log = folder.File("predictions");
        // A line that was written is there whoever is killed; the last one may be cut.
        var appended = (await File.ReadAllLinesAsync(folder.File("times"), Token)).Where(line => line.EndsWith(';')).Select(line => Guid.Parse(line.AsSpan(..^1))).ToArray();
        appended.Length.ShouldBeGreaterThanOrEqualTo(acknowledged.Count);
        var left = PredictionLogReader.Read(log, All).Select(prediction => prediction.Id).ToHashSet();
        var last = appended.Max(ServedModelLog.MillisecondsOf);
        appended.Where(id => ServedModelLog.MillisecondsOf(id) < last - 1000).Except(left).ShouldBeEmpty("only the last second may be lost");
        await using (var successor = PredictionLog.Open(new PredictionLogOptions { Folder = log, RetentionDays = 3650 }, OtherNode, TimeProvider.System, fault => Assert.Fail(fault)))
        {
            while (PredictionFolder.SegmentFiles(log).Length > 0)
                await Task.Delay(10, Token);
        }
        PredictionLogReader.Read(log, All).Select(prediction => prediction.Id).ToHashSet().SetEquals(left).ShouldBeTrue("a process that comes after it finishes what it left");
    }

    [Fact(Explicit = true)]
    public async Task Child_AppendsUntilKilled()
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "predictions");
        await using var log = PredictionLog.Open(new PredictionLogOptions { Folder = folder, RetentionDays = 3650 }, LoggedEntries.Node, TimeProvider.System);
        var version = log.Register(LoggedEntries.Version);
        await using var times = new FileStream(Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "times"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await KilledWriter.WriteAsync(number =>
        {
            lock (times)
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                LoggedEntries.Append(log, version, (int)(number % 1000), now);
                times.Write(Encoding.UTF8.GetBytes($"{LoggedEntries.Id(now, (int)(number % 1000)):D};\n"));
            }
            return Task.CompletedTask;
        });
    }
}
