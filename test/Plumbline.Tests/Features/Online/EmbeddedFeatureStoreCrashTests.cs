using System.Globalization;
using System.IO.Pipes;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Features.Online;

public sealed class EmbeddedFeatureStoreCrashTests
{
    private const int Users = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ApplyAsync_ProcessKilled_EverythingAcknowledgedIsThereOnce()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the child finds the pipe by its path");
        using var folder = new TemporaryFolder();
        await using var pipe = new NamedPipeServerStream(folder.File("pipe"), PipeDirection.In);
        using var child = ChildProcess.Start(typeof(EmbeddedFeatureStoreCrashTests), nameof(Child_AppliesUntilKilled), folder.Path);
        var acknowledged = new List<int>();
        try
        {
            var connection = pipe.WaitForConnectionAsync(Token);
            if (await Task.WhenAny(connection, child.WaitForExitAsync(Token)) != connection)
                Assert.Fail(await child.StandardOutput.ReadToEndAsync(Token));
            using var reader = new StreamReader(pipe);
            while (await reader.ReadLineAsync(Token) is { } line)
            {
                // Only whole lines count; the last may have been cut.
                if (line.EndsWith(';'))
                    acknowledged.Add(int.Parse(line.TrimEnd(';'), CultureInfo.InvariantCulture));
                if (acknowledged.Count == 300)
                    child.Kill();
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(Token);
        }
        await using var store = EmbeddedFeatureStore.Open(folder.File("store"), null, TimeProvider.System);
        var repeats = await store.ApplyAsync([.. acknowledged.Select(Event)], Token);
        repeats.ShouldBe(new EventCounts(0, acknowledged.Count));
        for (var user = 0; user < Users; user++)
        {
            var known = (await FeatureStoreContract.FindAsync(store, (EntityKind.User, $"u{user}"))).State(0).Records;
            // One event a writer may have been durable without being acknowledged.
            known.ShouldBeInRange(acknowledged.Count(i => i % Users == user), acknowledged.Count(i => i % Users == user) + 8);
        }
    }

    [Fact(Explicit = true)]
    public async Task Child_AppliesUntilKilled()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        await using var store = EmbeddedFeatureStore.Open(Path.Combine(folder, "store"), null, TimeProvider.System, mostLogBytes: 4096);
        await using var pipe = new NamedPipeClientStream(".", Path.Combine(folder, "pipe"), PipeDirection.Out);
        await pipe.ConnectAsync(Token);
        await using var writer = new StreamWriter(pipe) { AutoFlush = true };
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(ApplyForever, Token)));

        async Task ApplyForever()
        {
            while (true)
            {
                var i = Interlocked.Increment(ref next);
                await store.ApplyAsync([Event(i)], Token);
                lock (writer)
                    writer.WriteLine($"{i};");
            }
        }
    }

    private static EntityEvent Event(int i) => FeatureStoreContract.Observation($"{i}", $"u{i % Users}", null, i, i);
}
