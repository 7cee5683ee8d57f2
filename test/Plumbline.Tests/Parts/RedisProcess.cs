using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Plumbline.Tests.Parts;

/// <summary>A Redis on a free port of loopback, gone with this. It keeps nothing on disk.</summary>
internal sealed class RedisProcess : IDisposable
{
    private const string Program = "redis-server";
    private const int Attempts = 5;

    private readonly string _port;
    private ServerProcess _process;

    private RedisProcess(string port) => (_port, _process) = (port, Start(port));

    /// <summary><c>host:port</c>.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>Null where there is no Redis on this machine.</summary>
    public static RedisProcess? Create()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, Program))))
            return null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new RedisProcess(FreePort());
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Somebody took the port meanwhile.
            }
        }
    }

    /// <summary>As a crash does.</summary>
    public void Stop() => _process.Dispose();

    /// <summary>On the same port, empty.</summary>
    public void StartAgain() => _process = Start(_port);

    public void Dispose() => Stop();

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private static ServerProcess Start(string port) => ServerProcess.Start(
        "KILL", "Ready to accept connections", Program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath());
}
