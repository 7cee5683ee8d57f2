using System.Diagnostics;

namespace Plumbline.Tests.Parts;

/// <summary>A server that ends with this, or with the process of the tests, however that ends.</summary>
internal sealed class ServerProcess : IDisposable
{
    // The shell notices that the tests are gone when its input ends.
    private const string Guard = """signal=$1; shift; "$@" 2>&1 & cat >/dev/null; kill -"$signal" $! 2>/dev/null; wait""";

    private readonly Process _shell;
    private bool _isEnded;

    private ServerProcess(Process shell, string ready) => (_shell, Ready) = (shell, ready);

    /// <summary>The line with which it said so.</summary>
    public string Ready { get; }

    /// <param name="signal">What ends it, such as TERM.</param>
    /// <param name="ready">What is in the line of its output that says that it answers.</param>
    public static ServerProcess Start(string signal, string ready, string program, params IEnumerable<string> arguments)
    {
        var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", signal, program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var said = new List<string>();
        while (shell.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(ready, StringComparison.Ordinal))
            {
                // A full pipe would stop it.
                _ = shell.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new ServerProcess(shell, line);
            }
            said.Add(line);
        }
        shell.Dispose();
        throw new InvalidOperationException($"{program} did not start: {string.Join('\n', said)}");
    }

    public void Dispose()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
