using System.Globalization;
using System.IO.Pipes;

namespace Plumbline.Tests.Storage;

/// <summary>A process that writes, and says what was acknowledged to it, until it is killed.</summary>
internal static class KilledWriter
{
    /// <summary>Most writes that may have been durable without being acknowledged.</summary>
    public const int Writers = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a child that runs <see cref="WriteAsync"/> and kills it; skips the test where that cannot be done.</summary>
    /// <param name="type">With the child's test.</param>
    /// <param name="kill">After how many acknowledged writes.</param>
    /// <returns>Numbers of the acknowledged writes.</returns>
    public static async Task<List<long>> RunAsync(Type type, string method, TemporaryFolder folder, int kill, string argument = "")
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the child finds the pipe by its path");
        await using var pipe = new NamedPipeServerStream(folder.File("pipe"), PipeDirection.In);
        using var child = ChildProcess.Start(type, method, folder.Path, argument);
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
                if (acknowledged.Count == kill)
                    child.Kill();
            }
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(Token);
        }
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(kill);
        return acknowledged;
    }

    /// <summary>In the child: writes 1, 2, … from several threads for ever.</summary>
    /// <param name="write">Completes when the write is acknowledged.</param>
    public static async Task WriteAsync(Func<long, Task> write)
    {
        await using var pipe = new NamedPipeClientStream(".", Path.Combine(Environment.GetEnvironmentVariable(ChildProcess.Folder)!, "pipe"), PipeDirection.Out);
        await pipe.ConnectAsync(Token);
        await using var writer = new StreamWriter(pipe) { AutoFlush = true };
        var next = 0L;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteForever, Token)));

        async Task WriteForever()
        {
            while (true)
            {
                var number = Interlocked.Increment(ref next);
                await write(number);
                lock (writer)
                    writer.WriteLine($"{number};");
            }
        }
    }
}
