using System.Collections.Concurrent;
using System.Diagnostics;

namespace Plumbline.Cli.Demo;

/// <summary>This program once more, as a process of its own. Disposing stops it, if need be by force.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    private const int KeptLines = 20;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>What would have it look elsewhere.</summary>
    private static readonly string[] Foreign = ["PLUMBLINE_HOME", "PLUMBLINE_STORE", "PLUMBLINE_ARTIFACTS"];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly TaskCompletionSource<string?> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;

    private DemoProcess(Process process, string name)
    {
        (_process, _name) = (process, name);
        process.OutputDataReceived += (_, line) => _firstLine.TrySetResult(line.Data);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } text)
                return;
            _errors.Enqueue(text);
            while (_errors.Count > KeptLines)
                _errors.TryDequeue(out string? _);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public static DemoProcess Start(string folder, params string[] args)
    {
        var program = typeof(DemoProcess).Assembly.Location;
        var own = Environment.ProcessPath;
        // Started as a library, for example by tests or by dotnet, it is run by dotnet.
        var isOwn = own is not null && Path.GetFileNameWithoutExtension(own) == Path.GetFileNameWithoutExtension(program);
        var start = isOwn || program.Length == 0 ? new ProcessStartInfo(own!, args) : new ProcessStartInfo("dotnet", [program, .. args]);
        start.WorkingDirectory = folder;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (var variable in Foreign)
            start.Environment.Remove(variable);
        return new DemoProcess(Process.Start(start)!, args[0]);
    }

    /// <summary>The JSON value that it writes first.</summary>
    /// <exception cref="CliException">It ended without one.</exception>
    public async Task<string> FirstLineAsync(CancellationToken cancellation) => await _firstLine.Task.WaitAsync(cancellation) ?? throw Failed();

    /// <summary>What it wrote first, once it ended well.</summary>
    /// <exception cref="CliException">It failed.</exception>
    public async Task<string> EndAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode == 0 ? await _firstLine.Task ?? "" : throw Failed();
    }

    /// <exception cref="CliException">It has ended, which nobody asked it to.</exception>
    public void RequireRunning()
    {
        if (_process.HasExited)
            throw Failed();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (!OperatingSystem.IsWindows())
                await TerminateAsync();
            if (!_process.HasExited)
                _process.Kill();
        }
        _process.Dispose();
    }

    private async Task TerminateAsync()
    {
        using (var signal = Process.Start("kill", ["-TERM", FormattableString.Invariant($"{_process.Id}")]))
            await signal.WaitForExitAsync();
        using var patience = new CancellationTokenSource(Grace);
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private CliException Failed() => new(ExitCode.Unexpected, $"plumbline {_name} ended: {string.Join(" | ", _errors)}");
}
