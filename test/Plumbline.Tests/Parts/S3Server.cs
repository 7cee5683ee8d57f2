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

    private readonly Lazy<S3Process?> _process = new(S3Process.Create);

    /// <summary>Skips the test where there is no Swift.</summary>
    public int Port
    {
        get
        {
            Assert.SkipWhen(_process.Value is null, "There is no OpenStack Swift (Debian's package python3-swift) on this machine.");
            return _process.Value.Port;
        }
    }

    /// <summary>How to reach it.</summary>
    /// <param name="port">Of a proxy before it; null for its own.</param>
    public S3Options Options(int? port = null) =>
        new() { Endpoint = new Uri($"http://127.0.0.1:{port ?? Port}"), PathStyle = true, AccessKey = AccessKey, SecretKey = SecretKey };

    public async Task CreateBucketAsync(string bucket)
    {
        _ = Port;
        await _process.Value!.Client.PutBucketAsync(bucket, TestContext.Current.CancellationToken);
    }

    public Task PutAsync(string bucket, string key, byte[] content) => _process.Value!.Client.PutObjectAsync(
        new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(content), UseChunkEncoding = false }, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (_process.IsValueCreated)
            _process.Value?.Dispose();
    }
}
