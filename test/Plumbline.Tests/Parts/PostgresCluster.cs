using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Plumbline.Tests.Parts;

/// <summary>A PostgreSQL on loopback with a folder of its own, gone with this.</summary>
internal sealed class PostgresCluster : IDisposable
{
    private const int Attempts = 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plumbline-postgres-");
    private readonly string[] _start;
    private ServerProcess _process;

    private PostgresCluster(string programs, string password)
    {
        var (data, file) = (Path.Combine(_folder.FullName, "data"), Path.Combine(_folder.FullName, "password"));
        File.WriteAllText(file, password);
        // It refuses to run as root.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        if (user.Length > 0)
            Run("chown", "-R", "postgres", _folder.FullName);
        string[] create = [.. user, Path.Combine(programs, "initdb"), "-D", data, "-U", "tester", "--auth=scram-sha-256", $"--pwfile={file}", "--no-sync", "--encoding=UTF8", "--locale=C"];
        Run(create[0], create[1..]);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        _start =
        [
            .. user, Path.Combine(programs, "postgres"), "-D", data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=400", "-c", "shared_buffers=32MB",
        ];
        _process = Start();
    }

    public int Port { get; }

    /// <summary>Null where there is no PostgreSQL on this machine.</summary>
    public static PostgresCluster? Create(string password)
    {
        const string Installed = "/usr/lib/postgresql";
        var initdb = Directory.Exists(Installed) ? Directory.GetFiles(Installed, "initdb", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() : null;
        return initdb is null ? null : new PostgresCluster(Path.GetDirectoryName(initdb)!, password);
    }

    /// <summary>Breaks off everything, as a crash does, and starts again.</summary>
    public void Restart()
    {
        Stop();
        StartAgain();
    }

    /// <summary>Breaks off everything.</summary>
    public void Stop() => _process.Dispose();

    /// <summary>Ends it by a signal that it cannot see.</summary>
    public void Kill()
    {
        var number = File.ReadLines(Path.Combine(_folder.FullName, "data", "postmaster.pid")).First();
        using (var postmaster = Process.GetProcessById(int.Parse(number, CultureInfo.InvariantCulture)))
            postmaster.Kill();
        Stop();
    }

    /// <summary>On the same port, with what was stored before.</summary>
    public void StartAgain()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _process = Start();
                return;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Processes that outlive a killed one by a moment hold its memory.
            }
        }
    }

    public void Dispose()
    {
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private ServerProcess Start() => ServerProcess.Start("QUIT", "ready to accept connections", _start[0], _start[1..]);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
