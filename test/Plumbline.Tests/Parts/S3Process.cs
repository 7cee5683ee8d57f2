using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;

namespace Plumbline.Tests.Parts;

/// <summary>OpenStack Swift with its S3 interface on loopback, with a folder of its own, gone with this.</summary>
internal sealed class S3Process : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plumbline-s3-");
    private ServerProcess _process;

    private S3Process()
    {
        _process = Start("0");
        Port = int.Parse(_process.Ready.Split(' ')[^1], CultureInfo.InvariantCulture);
        var config = new AmazonS3Config
        {
            ServiceURL = $"http://127.0.0.1:{Port}",
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        Client = new AmazonS3Client(S3Server.AccessKey, S3Server.SecretKey, config);
    }

    public int Port { get; }

    public AmazonS3Client Client { get; }

    /// <summary>Null where there is no Swift on this machine.</summary>
    public static S3Process? Create() => Directory.Exists("/usr/lib/python3/dist-packages/swift") ? new S3Process() : null;

    public void Stop() => _process.Dispose();

    /// <summary>On the same port, with what was stored before.</summary>
    public void StartAgain() => _process = Start(Port.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        Client.Dispose();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private ServerProcess Start(string port) => ServerProcess.Start("TERM", "ready on", "/usr/bin/python3", Script(), _folder.FullName, port);

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "s3server.py");
}
