using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Plumbline.Storage.Artifacts;

/// <summary>Calls to an S3-compatible store, made again while what they fail with may pass by itself. Thread-safe.</summary>
/// <param name="address">Of the store, for messages.</param>
internal sealed class S3Calls(string address)
{
    private const int Attempts = 8;

    // Time for a part of 16 MiB over a slow line.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromMinutes(2);

    private static readonly ResiliencePipeline Pipeline = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Attempts - 1,
            Delay = TimeSpan.FromMilliseconds(200),
            MaxDelay = TimeSpan.FromSeconds(5),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } error && IsTransient(error)),
        })
        .AddTimeout(AttemptTimeout)
        .Build();

    /// <param name="key">What is called for, for messages.</param>
    /// <exception cref="MetadataException">Unavailable: it failed for good, or was given up; the message has the last answer.</exception>
    public async Task<T> RunAsync<T>(string key, Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        var tries = 0;
        try
        {
            return await Pipeline.ExecuteAsync(
                async token =>
                {
                    tries++;
                    return await call(token).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not MetadataException && !cancellation.IsCancellationRequested)
        {
            var answer = tries == 1 ? Describe(exception) : string.Create(CultureInfo.InvariantCulture, $"tried {tries} times; the last answer: {Describe(exception)}");
            throw new MetadataException(MetadataError.Unavailable, $"{address}/{key}: {answer}.{(IsTransient(exception) ? " Try again later." : "")}", exception);
        }
    }

    private static bool IsTransient(Exception error) => error is TimeoutRejectedException || S3Client.IsTransient(error);

    private static string Describe(Exception error) => error switch
    {
        TimeoutRejectedException => string.Create(CultureInfo.InvariantCulture, $"no answer within {AttemptTimeout.TotalSeconds} s"),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } denied => $"the store refused it: {S3Client.Answer(denied)}. Check access_key and secret_key of the artifact store, and that they may list, read, write and delete",
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => "there is no such bucket. Make it, or name another",
        AmazonS3Exception { StatusCode: > 0 } other => S3Client.Answer(other),
        // What the SDK tried of its chain fills lines.
        AmazonClientException => $"{error.Message.Split(". ", 2)[0].TrimEnd('.')}. Name access_key and secret_key of the artifact store where the default chain (AWS_… variables, profiles, roles) has none",
        _ => (error.InnerException ?? error).Message.TrimEnd('.'),
    };
}
