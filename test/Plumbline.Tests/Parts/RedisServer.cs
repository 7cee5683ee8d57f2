using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

[assembly: AssemblyFixture(typeof(Plumbline.Tests.Parts.RedisServer))]

namespace Plumbline.Tests.Parts;

/// <summary>A Redis of this test run, on a free port of loopback, started by the first test that asks for it. It keeps nothing on disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "redis-server";
    private const int Attempts = 5;

    private readonly SemaphoreSlim _starting = new(1);
    private Process? _process;
    private string? _address;

    /// <summary><c>host:port</c>; skips the test where there is no Redis.</summary>
    public async Task<string> AddressAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            for (var attempt = 0; _address is null && attempt < Attempts; attempt++)
                _address = await StartAsync();
            return _address ?? throw new InvalidOperationException($"{Program} did not start {Attempts} times.");
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _starting.Dispose();
    }

    private async Task<string?> StartAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        listener.Stop();
        try
        {
            _process = Process.Start(new ProcessStartInfo(Program, ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"There is no {Program} (Debian's package of that name) on this machine.");
        }
        while (await _process!.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal))
                continue;
            // What it says further must not fill the pipe.
            _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return $"127.0.0.1:{port}";
        }
        // Somebody took the port meanwhile.
        return null;
    }
}
