using System.Diagnostics;
using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Datasets;

public sealed class IngestCrashTests : IDisposable
{
    private const int Writers = 4;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Each process has several ingests under way when it is killed, so that some fifty are cut off, each at a moment of its own.</summary>
    [Fact]
    public Task Ingest_ProcessesKilled_LeaveOnlyWholeSnapshots() => KillAndLook(kills: 13);

    [Fact(Explicit = true)]
    public Task Ingest_ManyProcessesKilled_LeaveOnlyWholeSnapshots() => KillAndLook(kills: 100);

    [Fact]
    public async Task Ingest_TwoProcessesOfOneContent_BothSucceedWithOneSnapshot()
    {
        await File.WriteAllTextAsync(_folder.File("a.csv"), SourceFolder.Reviews(4_000), Token);
        var children = Enumerable.Range(0, 2).Select(_ => ChildProcess.Start(typeof(IngestCrashTests), nameof(Child_IngestsOnce), _folder.Path)).ToArray();
        foreach (var child in children)
        {
            using (child)
            {
                var output = await child.StandardOutput.ReadToEndAsync(Token);
                await child.WaitForExitAsync(Token);
                child.ExitCode.ShouldBe(0, output);
            }
        }
        var snapshot = Directory.GetFileSystemEntries(new Home(_folder.File("home")).Snapshots).ShouldHaveSingleItem();
        Snapshot.Open(snapshot).Manifest.Counts.Total.ShouldBe(4_000);
    }

    [Fact(Explicit = true)]
    public void Child_IngestsOnce() => Ingest(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, seed: 0);

    /// <summary>Each ingest has another seed, so that all write; the process ends itself, as SIGKILL does, some microseconds after one of their steps, both drawn by chance.</summary>
    [Fact(Explicit = true)]
    public Task Child_IngestsUntilKilled()
    {
        var number = ulong.Parse(Environment.GetEnvironmentVariable(ChildProcess.Argument)!, CultureInfo.InvariantCulture);
        var random = RandomSource.Fork(7, number);
        var moment = new Moment(steps: 1 + random.NextInt32(24), TimeSpan.FromMicroseconds(random.NextInt32(20_000)));
        return Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => IngestForever(writer), Token)));

        void IngestForever(int writer)
        {
            for (var seed = (100_000 * number) + (1_000 * (ulong)writer); ; seed++)
                Ingest(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, seed, moment);
        }
    }

    private async Task KillAndLook(int kills)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "what is killed there cannot be told from what fails");
        await File.WriteAllTextAsync(_folder.File("a.csv"), SourceFolder.Reviews(4_000), Token);
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(KillMany, Token)));

        var home = new Home(_folder.File("home"));
        var published = Directory.GetDirectories(home.Snapshots).Where(folder => !Path.GetFileName(folder).StartsWith('.')).ToArray();
        foreach (var folder in published)
            Snapshot.Open(folder).Manifest.Counts.Total.ShouldBe(4_000);
        // Some came to an end before they were killed, others did not.
        published.ShouldNotBeEmpty();
        Directory.GetDirectories(home.Snapshots).Length.ShouldBeGreaterThan(published.Length);
        foreach (var folder in published.Take(3))
        {
            var seed = Snapshot.Open(folder).Manifest.Split.Seed;
            Ingest(_folder.Path, seed).Directory.ShouldBe(folder);
        }

        async Task KillMany()
        {
            while (Interlocked.Increment(ref next) is var kill && kill < kills)
            {
                using var child = ChildProcess.Start(typeof(IngestCrashTests), nameof(Child_IngestsUntilKilled), _folder.Path, kill.ToString(CultureInfo.InvariantCulture));
                var output = await child.StandardOutput.ReadToEndAsync(Token);
                await child.WaitForExitAsync(Token);
                child.ExitCode.ShouldBe(128 + 9, output);
            }
        }
    }

    private static Snapshot Ingest(string folder, ulong seed, IProgress<IngestProgress>? progress = null)
    {
        var source = new SourceOptions { Path = Path.Combine(folder, "a.csv"), Split = new SplitOptions { Seed = seed } };
        return Snapshot.Ingest(new IngestOptions { Source = source, Threads = 2 }, new Home(Path.Combine(folder, "home")), progress, Token);
    }

    /// <summary>Ends the process a while after a step of any ingest.</summary>
    private sealed class Moment(int steps, TimeSpan after) : IProgress<IngestProgress>
    {
        private int _steps;

        public void Report(IngestProgress value)
        {
            if (Interlocked.Increment(ref _steps) != steps)
                return;
            var since = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(since) < after)
                Thread.SpinWait(100);
            Process.GetCurrentProcess().Kill();
        }
    }
}
