using System.Globalization;
using System.Net.Sockets;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Plumbline.Storage;

/// <summary>Clients of S3-compatible stores, and what their errors mean.</summary>
internal static class S3Client
{
    /// <exception cref="AmazonClientException">There is no region, or no credentials.</exception>
    public static AmazonS3Client Create(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            // Retried by the callers, where what was tried is told.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            // Stores other than Amazon's know no checksums beyond the old ones.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is not null)
            (config.ServiceURL, config.AuthenticationRegion) = (options.Endpoint.ToString(), options.Region ?? "us-east-1");
        else if (options.Region is not null)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return options.AccessKey is null ? new AmazonS3Client(config)
            : options.SessionToken is null ? new AmazonS3Client(options.AccessKey, options.SecretKey, config)
            : new AmazonS3Client(options.AccessKey, options.SecretKey, options.SessionToken, config);
    }

    /// <summary>Whether an error may pass by itself.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        AmazonServiceException { StatusCode: 0 } => true,
        AmazonServiceException service => (int)service.StatusCode is >= 500 or 429 or 408 || service.ErrorCode is "SlowDown" or "RequestTimeout",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => false,
        HttpRequestException or IOException or SocketException => true,
        _ => error.InnerException is not null && IsTransient(error.InnerException),
    };

    /// <summary>Status, code and message of an answer.</summary>
    public static string Answer(AmazonS3Exception error) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)error.StatusCode} {error.ErrorCode}{(error.Message.Length > 0 ? $", {error.Message.TrimEnd('.')}" : "")}");
}
