using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Plumbline.Storage;

namespace Plumbline.Datasets.Sources;

/// <summary>Finds and reads objects of an S3-compatible store. Thread-safe.</summary>
internal sealed class S3Store : IDisposable
{
    private readonly AmazonS3Client _client;

    public S3Store(S3Options options, RetryOptions retry)
    {
        Calls = new ServerCalls(retry, attemptTimeout: true, S3Client.IsTransient, Describe);
        try
        {
            _client = S3Client.Create(options);
        }
        catch (AmazonClientException e)
        {
            throw new DatasetException($"The object store cannot be used: {e.Message.TrimEnd('.')}. Name data.s3.region or data.s3.endpoint, and access_key and secret_key where the default chain has none", e);
        }
    }

    public ServerCalls Calls { get; }

    /// <summary>Size in bytes, and which version it is; null where there is no such object.</summary>
    public (long Size, string ETag)? Find(S3Address address, CancellationToken stop) => Calls.Run(address.ToString(), async token =>
    {
        try
        {
            var found = await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = address.Bucket, Key = address.Key }, token).ConfigureAwait(false);
            return (found.ContentLength, found.ETag ?? "");
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return ((long, string)?)null;
        }
    }, stop);

    /// <summary>Key, size and version of every object whose key begins as the address's does.</summary>
    /// <param name="pageSize">Most objects of one answer.</param>
    public List<(string Key, long Size, string ETag)> List(S3Address address, CancellationToken stop, int pageSize = 1000)
    {
        var found = new List<(string, long, string)>();
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = address.Bucket, Prefix = address.Key, MaxKeys = pageSize, ContinuationToken = next };
            var page = Calls.Run(address.ToString(), token => _client.ListObjectsV2Async(request, token), stop);
            found.AddRange((page.S3Objects ?? []).Select(item => (item.Key, item.Size ?? 0, item.ETag ?? "")));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
        return found;
    }

    /// <summary>The bytes from an offset on, and which version of the object they are of.</summary>
    /// <param name="size">Of the whole object, as it was found.</param>
    /// <param name="etag">The version that must be met; null for any.</param>
    /// <exception cref="DatasetException">The object is another than that which was found.</exception>
    public async Task<(Stream Content, string ETag)> GetAsync(S3Address address, long size, long offset, string? etag, CancellationToken stop)
    {
        var request = new GetObjectRequest { BucketName = address.Bucket, Key = address.Key, EtagToMatch = etag };
        if (offset > 0)
            request.ByteRange = new ByteRange(string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-"));
        try
        {
            var response = await _client.GetObjectAsync(request, stop).ConfigureAwait(false);
            if (response.ContentLength == size - offset && (etag is null || etag == response.ETag))
                return (response.ResponseStream, response.ETag);
            response.Dispose();
            throw Changed(address);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw Changed(address);
        }
    }

    public void Dispose() => _client.Dispose();

    private static DatasetException Changed(S3Address address) => new($"{address} changed while it was read. Ingest it again once nothing writes to it");

    private static string Describe(Exception error) => error switch
    {
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } denied => $"the store refused it: {S3Client.Answer(denied)}. Check data.s3 access_key and secret_key, and that they may list and read",
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => "there is no such bucket",
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } => "it was there a moment ago and is gone. Put it back, or ingest again without it",
        AmazonS3Exception { StatusCode: > 0 } other => S3Client.Answer(other),
        // What the SDK tried of its chain fills lines.
        AmazonClientException => $"{error.Message.Split(". ", 2)[0].TrimEnd('.')}. Name data.s3 access_key and secret_key where the default chain (AWS_… variables, profiles, roles) has none",
        _ => (error.InnerException ?? error).Message.TrimEnd('.'),
    };
}
