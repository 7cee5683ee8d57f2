using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Plumbline.Storage;
using Plumbline.Tests.Parts;

[assembly: AssemblyFixture(typeof(S3Server))]

namespace Plumbline.Tests.Parts;

/// <summary>An S3-compatible store (OpenStack Swift) on loopback for all tests of a run, started by the first that asks; every test makes its own bucket.</summary>
public sealed class S3Server : IDisposable
{
    public const string AccessKey = "test:tester";
    public const string SecretKey = "testing";

    private readonly Lazy<(DirectoryInfo Folder, ServerProcess Process, int Port, AmazonS3Client Client)?> _server = new(Start);

    /// <summary>Skips the test where there is no Swift.</summary>
    public int Port
    {
        get
        {
            Assert.SkipWhen(_server.Value is null, "There is no OpenStack Swift (Debian's package python3-swift) on this machine.");
            return _server.Value.Value.Port;
        }
    }

    /// <summary>How to reach it.</summary>
    /// <param name="port">Of a proxy before it; null for its own.</param>
    public S3Options Options(int? port = null) =>
        new() { Endpoint = new Uri($"http://127.0.0.1:{port ?? Port}"), PathStyle = true, AccessKey = AccessKey, SecretKey = SecretKey };

    public async Task CreateBucketAsync(string bucket)
    {
        _ = Port;
        await _server.Value!.Value.Client.PutBucketAsync(bucket, TestContext.Current.CancellationToken);
    }

    public Task PutAsync(string bucket, string key, byte[] content) => _server.Value!.Value.Client.PutObjectAsync(
        new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(content), UseChunkEncoding = false }, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (!_server.IsValueCreated || _server.Value is not { } server)
            return;
        server.Client.Dispose();
        server.Process.Dispose();
        server.Folder.Delete(recursive: true);
    }

    private static (DirectoryInfo, ServerProcess, int, AmazonS3Client)? Start()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/swift"))
            return null;
        var folder = Directory.CreateTempSubdirectory("plumbline-s3-");
        var process = ServerProcess.Start("TERM", "ready on", "/usr/bin/python3", Script(), folder.FullName);
        var port = int.Parse(process.Ready.Split(' ')[^1], CultureInfo.InvariantCulture);
        var config = new AmazonS3Config
        {
            ServiceURL = $"http://127.0.0.1:{port}",
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        return (folder, process, port, new AmazonS3Client(AccessKey, SecretKey, config));
    }

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "s3server.py");
}
