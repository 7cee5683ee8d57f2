using System.Globalization;
using System.IO.Pipes;
using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class SqliteCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ProcessKilled_EverythingAcknowledgedIsThere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the child finds the pipe by its path");
        using var folder = new TemporaryFolder();
        await using var pipe = new NamedPipeServerStream(folder.File("pipe"), PipeDirection.In);
        using var child = ChildProcess.Start(typeof(SqliteCrashTests), nameof(Child_WritesUntilKilled), folder.Path);
        var acknowledged = new List<long>();
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
                    acknowledged.Add(long.Parse(line.TrimEnd(';'), CultureInfo.InvariantCulture));
                if (acknowledged.Count == 500)
                    child.Kill();
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(Token);
        }
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(500);

        await using var store = SqliteMetadataStore.Open(folder.File("plumbline.db"), TimeProvider.System);
        var stored = store.Read(connection => connection.Query("SELECT value FROM counters WHERE name LIKE 'row%'", row => row.GetInt64(0))).ToHashSet();
        acknowledged.ShouldAllBe(value => stored.Contains(value));
        store.Read(connection => connection.Scalar("PRAGMA integrity_check")).ShouldBe("ok");
        await store.WriteAsync(connection => connection.Execute("DELETE FROM counters WHERE name LIKE 'row%'"), Token);
    }

    [Fact(Explicit = true)]
    public async Task Child_WritesUntilKilled()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        await using var store = SqliteMetadataStore.Open(Path.Combine(folder, "plumbline.db"), TimeProvider.System);
        await using var pipe = new NamedPipeClientStream(".", Path.Combine(folder, "pipe"), PipeDirection.Out);
        await pipe.ConnectAsync(Token);
        await using var writer = new StreamWriter(pipe) { AutoFlush = true };
        var next = 0L;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(WriteForever, Token)));

        async Task WriteForever()
        {
            while (true)
            {
                var value = Interlocked.Increment(ref next);
                await store.WriteAsync(
                    connection => connection.Execute("INSERT INTO counters (name, value) VALUES (@name, @value)", ("name", $"row {value}"), ("value", value)), Token);
                lock (writer)
                    writer.WriteLine($"{value};");
            }
        }
    }
}
