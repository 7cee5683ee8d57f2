using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Win32.SafeHandles;

namespace Plumbline.Storage.Artifacts;

internal sealed partial class S3ObjectStore
{
    private const int MostParts = 10_000;
    private const int PartsAtOnce = 4;

    public async Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken cancellation)
    {
        var swept = 0;
        var request = new ListMultipartUploadsRequest { BucketName = _bucket, Prefix = _prefix };
        ListMultipartUploadsResponse page;
        do
        {
            page = await _calls.RunAsync("uploads", token => _client.ListMultipartUploadsAsync(request, token), cancellation).ConfigureAwait(false);
            foreach (var upload in (page.MultipartUploads ?? []).Where(upload => Utc(upload.Initiated) < before))
            {
                swept++;
                if (!dryRun)
                    await AbortAsync(upload.Key, upload.UploadId, cancellation).ConfigureAwait(false);
            }
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated == true);
        return swept;
    }

    /// <summary>Sends a whole file.</summary>
    internal async Task SendAsync(string key, SafeFileHandle file, CancellationToken cancellation)
    {
        var size = RandomAccess.GetLength(file);
        if (size <= _partBytes)
            await PutAsync(key, file, size, cancellation).ConfigureAwait(false);
        else
            await SendPartsAsync(key, file, size, cancellation).ConfigureAwait(false);
    }

    private Task<PutObjectResponse> PutAsync(string key, SafeFileHandle file, long size, CancellationToken cancellation) => _calls.RunAsync(
        key,
        token =>
        {
            var content = new SliceStream(file, 0, size);
            // Unchunked, so that the signature is of the SHA-256 of all bytes, which the store compares.
            return _client.PutObjectAsync(new PutObjectRequest { BucketName = _bucket, Key = KeyOf(key), InputStream = content, UseChunkEncoding = false }, token);
        },
        cancellation);

    private async Task SendPartsAsync(string key, SafeFileHandle file, long size, CancellationToken cancellation)
    {
        var target = KeyOf(key);
        var upload = (await _calls.RunAsync(
            key, token => _client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = _bucket, Key = target }, token), cancellation).ConfigureAwait(false)).UploadId;
        try
        {
            var parts = await SendPartsAsync(key, upload, file, size, cancellation).ConfigureAwait(false);
            await CompleteAsync(key, upload, parts, size, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await TryAbortAsync(target, upload).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<List<PartETag>> SendPartsAsync(string key, string upload, SafeFileHandle file, long size, CancellationToken cancellation)
    {
        var length = Math.Max(_partBytes, (size + MostParts - 1) / MostParts);
        var parts = new PartETag[(size + length - 1) / length];
        await Parallel.ForAsync(
            0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = cancellation },
            async (i, stop) =>
            {
                var (offset, number) = (i * length, i + 1);
                var sent = await _calls.RunAsync(
                    key,
                    token => _client.UploadPartAsync(
                        new UploadPartRequest
                        {
                            BucketName = _bucket,
                            Key = KeyOf(key),
                            UploadId = upload,
                            PartNumber = number,
                            InputStream = new SliceStream(file, offset, Math.Min(length, size - offset)),
                            UseChunkEncoding = false,
                        },
                        token),
                    stop).ConfigureAwait(false);
                parts[i] = new PartETag(number, sent.ETag);
            }).ConfigureAwait(false);
        return [.. parts];
    }

    private async Task CompleteAsync(string key, string upload, List<PartETag> parts, long size, CancellationToken cancellation)
    {
        await _calls.RunAsync(
            key,
            async token =>
            {
                try
                {
                    await _client.CompleteMultipartUploadAsync(
                        new CompleteMultipartUploadRequest { BucketName = _bucket, Key = KeyOf(key), UploadId = upload, PartETags = parts }, token).ConfigureAwait(false);
                }
                catch (AmazonS3Exception exception) when (exception.ErrorCode == "NoSuchUpload")
                {
                    // A try before was carried out, and its answer lost; whether so, the size tells.
                }
                return true;
            },
            cancellation).ConfigureAwait(false);
        var found = await FindAsync(key, cancellation).ConfigureAwait(false);
        if (found?.Size != size)
            throw new MetadataException(MetadataError.Unavailable, FormattableString.Invariant($"{Address}/{key}: the store has {found?.Size ?? 0} of {size} bytes after the upload. Send it again."));
    }

    private Task<AbortMultipartUploadResponse?> AbortAsync(string target, string upload, CancellationToken cancellation) => FindOrNullAsync<AbortMultipartUploadResponse>(
        target, async token => await _client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _bucket, Key = target, UploadId = upload }, token).ConfigureAwait(false), cancellation);

    /// <summary>At once: where the store is gone, a collection does it later.</summary>
    private async Task TryAbortAsync(string target, string upload)
    {
        try
        {
            await _client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = _bucket, Key = target, UploadId = upload }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is AmazonClientException or HttpRequestException or IOException)
        {
            // What broke the upload off is the error to tell.
        }
    }
}
