using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Plumbline.Bench.Load;

namespace Plumbline.Bench;

/// <summary>
/// Starts a server (what follows "--"; none: it is running), posts the first text until the first 200, prints the
/// milliseconds from the start of the process and stops it again.
/// </summary>
internal static class FirstAnswerCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] args)
    {
        var url = new Uri(args[0]);
        var request = Requests.Build(url, args[1])[0];
        var start = Stopwatch.GetTimestamp();
        using var process = args is [_, _, "--", var file, .. var rest]
            ? Process.Start(new ProcessStartInfo(file, rest) { RedirectStandardOutput = true, RedirectStandardError = true })
            : null;
        // Whatever the server prints must not fill a pipe.
        process?.BeginOutputReadLine();
        process?.BeginErrorReadLine();
        try
        {
            while (!await AnswersAsync(url, request))
            {
                if (process is { HasExited: true })
                    throw new InvalidOperationException($"The server ended with exit code {process.ExitCode} before it answered.");
                if (Stopwatch.GetElapsedTime(start) > Limit)
                    throw new TimeoutException($"No 200 from {url} within {Limit.TotalSeconds:0} s.");
                await Task.Delay(1);
            }
            Console.WriteLine(JsonSerializer.Serialize(new { first_answer_ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds }));
        }
        finally
        {
            if (process is not null)
                await StopAsync(process);
        }
        return 0;
    }

    private static async Task<bool> AnswersAsync(Uri url, byte[] request)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var patience = new CancellationTokenSource(Limit);
            await socket.ConnectAsync(Requests.ServerOf(url), patience.Token);
            await socket.SendAsync(request, patience.Token);
            var received = new byte[64 * 1024];
            for (var length = 0; length < received.Length;)
            {
                var count = await socket.ReceiveAsync(received.AsMemory(length), patience.Token);
                if (count == 0)
                    return false;
                length += count;
                if (HttpResponse.Measure(received.AsSpan(0, length), out var status) > 0)
                    return status == 200;
            }
            return false;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task StopAsync(Process process)
    {
        Posix.Signal(process.Id, Posix.Terminate);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
