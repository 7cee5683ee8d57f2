using System.Globalization;
using System.Net;
using System.Net.Sockets;

[assembly: AssemblyFixture(typeof(Plumbline.Tests.Parts.RedisServer))]

namespace Plumbline.Tests.Parts;

/// <summary>A Redis of this test run, on a free port of loopback, started by the first test that asks for it. It keeps nothing on disk.</summary>
public sealed class RedisServer : IDisposable
{
    private const string Program = "redis-server";
    private const int Attempts = 5;

    private static readonly bool IsInstalled =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, Program)));

    private readonly SemaphoreSlim _starting = new(1);
    private ServerProcess? _process;
    private string? _address;

    /// <summary><c>host:port</c>; skips the test where there is no Redis.</summary>
    public async Task<string> AddressAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            for (var attempt = 0; _address is null && attempt < Attempts; attempt++)
                _address = Start();
            return _address ?? throw new InvalidOperationException($"{Program} did not start {Attempts} times.");
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill()
    {
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        _starting.Dispose();
    }

    private string? Start()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        listener.Stop();
        Assert.SkipUnless(IsInstalled, $"There is no {Program} (Debian's package of that name) on this machine.");
        try
        {
            _process = ServerProcess.Start(
                "KILL", "Ready to accept connections", Program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath());
            return $"127.0.0.1:{port}";
        }
        catch (InvalidOperationException)
        {
            // Somebody took the port meanwhile.
            return null;
        }
    }
}
