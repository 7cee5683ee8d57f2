using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Plumbline.Storage.Artifacts;

/// <summary>Objects of an S3-compatible store.</summary>
internal sealed partial class S3ObjectStore : IObjectStore
{
    private const int LongestKey = 1024;

    private readonly AmazonS3Client _client;
    private readonly S3Calls _calls;
    private readonly string _bucket;
    private readonly string _prefix;
    private readonly string _spool;
    private readonly long _partBytes;

    /// <param name="prefix">Of all keys, without a slash at its end; may be empty.</param>
    /// <param name="spool">Folder for what is being uploaded.</param>
    /// <exception cref="MetadataException">Invalid: there is no region, or no credentials.</exception>
    public S3ObjectStore(S3Options options, string bucket, string prefix, string spool, long partBytes = 16 << 20)
    {
        (_bucket, _prefix, _spool, _partBytes) = (bucket, prefix.Length == 0 ? "" : prefix + "/", spool, partBytes);
        Address = $"s3://{bucket}{(prefix.Length == 0 ? "" : "/")}{prefix}";
        _calls = new S3Calls(Address);
        try
        {
            _client = S3Client.Create(options);
        }
        catch (AmazonClientException exception)
        {
            throw new MetadataException(
                MetadataError.Invalid, $"The artifact store {Address} cannot be used: {exception.Message.TrimEnd('.')}. Give it region or endpoint, and access_key and secret_key where the default chain has none.", exception);
        }
    }

    public string Address { get; }

    public ObjectUpload Begin() => new S3Upload(this, _spool);

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellation) => FindOrNullAsync<StoredObject?>(
        key,
        async token =>
        {
            var found = await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _bucket, Key = KeyOf(key) }, token).ConfigureAwait(false);
            return new StoredObject(found.ContentLength, Utc(found.LastModified));
        },
        cancellation);

    public Task<byte[]?> ReadAsync(string key, CancellationToken cancellation) => FindOrNullAsync<byte[]>(
        key,
        async token =>
        {
            using var response = await _client.GetObjectAsync(new GetObjectRequest { BucketName = _bucket, Key = KeyOf(key) }, token).ConfigureAwait(false);
            var bytes = new byte[response.ContentLength];
            await response.ResponseStream.ReadExactlyAsync(bytes, token).ConfigureAwait(false);
            return bytes;
        },
        cancellation);

    public Task<Stream> OpenReadAsync(string key, long offset, long length, CancellationToken cancellation) =>
        Task.FromResult<Stream>(new S3ReadStream(key, offset, length, _calls, (from, token) => GetAsync(key, from, offset + length, token)));

    public async Task<ObjectPage> ListAsync(string folder, string? page, int limit, CancellationToken cancellation)
    {
        var prefix = folder.Length == 0 ? _prefix : KeyOf(folder) + "/";
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix, Delimiter = "/", MaxKeys = limit, ContinuationToken = page };
        var answer = await _calls.RunAsync(folder, token => _client.ListObjectsV2Async(request, token), cancellation).ConfigureAwait(false);
        return new ObjectPage(
            [
                .. (answer.CommonPrefixes ?? []).Select(name => new ObjectEntry(name[prefix.Length..^1], null)),
                .. (answer.S3Objects ?? []).Where(item => item.Key.Length > prefix.Length)
                    .Select(item => new ObjectEntry(item.Key[prefix.Length..], new StoredObject(item.Size ?? 0, Utc(item.LastModified)))),
            ],
            answer.IsTruncated == true ? answer.NextContinuationToken : null);
    }

    public Task DeleteAsync(string key, CancellationToken cancellation) =>
        _calls.RunAsync(key, token => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _bucket, Key = KeyOf(key) }, token), cancellation);

    public void Dispose() => _client.Dispose();

    private async Task<Stream> GetAsync(string key, long from, long to, CancellationToken cancellation)
    {
        var request = new GetObjectRequest { BucketName = _bucket, Key = KeyOf(key), ByteRange = new ByteRange(from, to - 1) };
        try
        {
            var response = await _client.GetObjectAsync(request, cancellation).ConfigureAwait(false);
            return response.ResponseStream;
        }
        catch (AmazonS3Exception exception) when (IsAbsent(exception))
        {
            throw new MetadataException(MetadataError.NotFound, $"There is no {key} in {Address}.", exception);
        }
    }

    private Task<T?> FindOrNullAsync<T>(string key, Func<CancellationToken, Task<T>> call, CancellationToken cancellation) => _calls.RunAsync(
        key,
        async token =>
        {
            try
            {
                return await call(token).ConfigureAwait(false);
            }
            catch (AmazonS3Exception exception) when (IsAbsent(exception))
            {
                return default;
            }
        },
        cancellation);

    // Of a HEAD there is no body that could tell a bucket from a key.
    private static bool IsAbsent(AmazonS3Exception exception) => exception.StatusCode == HttpStatusCode.NotFound && exception.ErrorCode != "NoSuchBucket";

    private static DateTimeOffset Utc(DateTime? time) => time is { } known ? known.ToUniversalTime() : DateTimeOffset.MinValue;

    private string KeyOf(string key) => Encoding.UTF8.GetByteCount(_prefix) + Encoding.UTF8.GetByteCount(key) is > LongestKey and var bytes
        ? throw new MetadataException(MetadataError.Invalid, FormattableString.Invariant($"'{MetadataText.Quote(key)}' has {bytes} bytes in {Address}; S3 takes at most {LongestKey}."))
        : _prefix + key;
}
