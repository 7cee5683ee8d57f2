using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Plumbline.Tests.Parts;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Plumbline.Tests.Parts;

/// <summary>A PostgreSQL on loopback for all tests of a run, started by the first that asks; every test makes its own database.</summary>
public sealed class PostgresServer : IDisposable
{
    public const string Password = "plumb-secret-7";

    private readonly Lazy<(DirectoryInfo Folder, ServerProcess Process, int Port)?> _server = new(Start);

    /// <summary>Of a fresh database, named by the test; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Skips the test where there is no PostgreSQL.</summary>
    public int Port
    {
        get
        {
            Assert.SkipWhen(_server.Value is null, "There is no PostgreSQL (Debian's package postgresql) on this machine.");
            return _server.Value.Value.Port;
        }
    }

    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username=tester;Password={Password};Pooling=false";

    public void Dispose()
    {
        if (!_server.IsValueCreated || _server.Value is not { } server)
            return;
        server.Process.Dispose();
        server.Folder.Delete(recursive: true);
    }

    private static (DirectoryInfo, ServerProcess, int)? Start()
    {
        const string Installed = "/usr/lib/postgresql";
        var programs = Directory.Exists(Installed) ? Directory.GetFiles(Installed, "initdb", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() : null;
        if (programs is null)
            return null;
        var folder = Directory.CreateTempSubdirectory("plumbline-postgres-");
        var (data, password) = (Path.Combine(folder.FullName, "data"), Path.Combine(folder.FullName, "password"));
        File.WriteAllText(password, Password);
        // It refuses to run as root.
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        if (user.Length > 0)
            Run("chown", "-R", "postgres", folder.FullName);
        string[] create = [.. user, programs, "-D", data, "-U", "tester", "--auth=scram-sha-256", $"--pwfile={password}", "--no-sync", "--encoding=UTF8", "--locale=C"];
        Run(create[0], create[1..]);
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        string[] start =
        [
            .. user, Path.Combine(Path.GetDirectoryName(programs)!, "postgres"), "-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=50",
        ];
        return (folder, ServerProcess.Start("QUIT", "ready to accept connections", start[0], start[1..]), port);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
