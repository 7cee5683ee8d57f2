using System.Text;

namespace Plumbline.Storage;

/// <summary>An S3-compatible object store. Printing shows no key.</summary>
public sealed record S3Options
{
    /// <summary>Address of the store, as in http://minio:9000; null is Amazon's.</summary>
    public Uri? Endpoint { get; init; }

    public string? Region { get; init; }

    /// <summary>Whether the bucket stands in the path (most stores but Amazon's) rather than in the host's name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>Null, as the secret key, for the SDK's default chain.</summary>
    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public string? SessionToken { get; init; }

    /// <param name="key">Where they were given, for messages.</param>
    /// <exception cref="ArgumentException">A value cannot be used; the message names it, and the key.</exception>
    public void Validate(string key)
    {
        if (AccessKey is null != SecretKey is null)
            throw new ArgumentException($"{key} needs access_key and secret_key together, or neither for the default chain");
        if (Endpoint is not null && Endpoint.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{key}.endpoint is '{Endpoint}'; it must begin with http:// or https://");
    }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append($"Endpoint = {Endpoint}, Region = {Region}, PathStyle = {PathStyle}, AccessKey = {(AccessKey is null ? "default chain" : "***")}");
        return true;
    }
}
