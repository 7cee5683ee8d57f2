namespace Plumbline.Storage.Artifacts;

/// <summary>Where an artifact store is. Printing shows the folder, or bucket and prefix, only.</summary>
public sealed class ArtifactStoreOptions
{
    /// <summary>The address, where none is given otherwise.</summary>
    public const string EnvironmentVariable = "PLUMBLINE_ARTIFACTS";

    private const string Scheme = "s3://";
    private const string None = "none";
    private const string Forms = "write a folder, s3://bucket/prefix?endpoint=http://host:9000, file:PATH of a file that holds either, or none";

    private readonly string? _folder;
    private readonly S3Options _s3 = new();
    private readonly string _bucket = "";
    private readonly string _prefix = "";

    private ArtifactStoreOptions(string folder) => _folder = folder;

    private ArtifactStoreOptions(S3Options s3, string bucket, string prefix) => (_s3, _bucket, _prefix) = (s3, bucket, prefix);

    /// <summary>Reads an address as docs/specs/artifacts.md has them.</summary>
    /// <param name="key">Where it was given, for messages; what was given may be a secret.</param>
    /// <param name="folder">What a path is relative to.</param>
    /// <returns>Null for <c>none</c>: the state folder alone.</returns>
    /// <exception cref="MetadataException">Invalid: it is none of these, or its file cannot be read.</exception>
    public static ArtifactStoreOptions? Parse(string address, string key, string folder)
    {
        address = address.Trim();
        if (address.StartsWith(AddressFile.Prefix, StringComparison.Ordinal))
            address = AddressFile.Read(Path.Combine(folder, address[AddressFile.Prefix.Length..]), key);
        if (address == None)
            return null;
        if (address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return ParseS3(address[Scheme.Length..], key);
        return address.Length > 0 && !address.Contains("://", StringComparison.Ordinal) && !address.Contains('\0', StringComparison.Ordinal)
            ? new ArtifactStoreOptions(Path.GetFullPath(Path.Combine(folder, address)))
            : throw new MetadataException(MetadataError.Invalid, $"{key}: the address of the artifact store cannot be read; {Forms}.");
    }

    /// <summary>The folder, or such as <c>s3://bucket/prefix</c>.</summary>
    public override string ToString() => _folder ?? (_prefix.Length == 0 ? Scheme + _bucket : $"{Scheme}{_bucket}/{_prefix}");

    internal IObjectStore Connect(string temporary) => _folder is null ? new S3ObjectStore(_s3, _bucket, _prefix, temporary) : new FileObjectStore(_folder);

    private static ArtifactStoreOptions ParseS3(string rest, string key)
    {
        var (place, query) = rest.Split('?', 2) is [var before, var after] ? (before, after) : (rest, "");
        var (bucket, prefix) = place.Split('/', 2) is [var first, var second] ? (first, second.Trim('/')) : (place, "");
        if (bucket.Length == 0 || !bucket.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            throw new MetadataException(MetadataError.Invalid, $"{key}: the address of the artifact store names no bucket; {Forms}.");
        ArtifactPath.Split(prefix);
        var options = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Aggregate(new S3Options(), (given, pair) => With(given, pair, key));
        try
        {
            options.Validate(key);
        }
        catch (ArgumentException exception)
        {
            throw new MetadataException(MetadataError.Invalid, $"{exception.Message}.", exception);
        }
        return new ArtifactStoreOptions(options, bucket, prefix);
    }

    private static S3Options With(S3Options options, string pair, string key)
    {
        var (name, value) = pair.Split('=', 2) is [var before, var after] ? (before, Uri.UnescapeDataString(after)) : (pair, "");
        return name switch
        {
            // Most stores but Amazon's want the bucket in the path.
            "endpoint" when Uri.TryCreate(value, UriKind.Absolute, out var endpoint) => options with { Endpoint = endpoint, PathStyle = true },
            "endpoint" => throw new MetadataException(MetadataError.Invalid, $"{key}: endpoint is no address such as http://minio:9000."),
            "region" => options with { Region = value },
            "path_style" when value is "true" or "false" => options with { PathStyle = value == "true" },
            "path_style" => throw new MetadataException(MetadataError.Invalid, $"{key}: path_style is true or false."),
            "access_key" => options with { AccessKey = value },
            "secret_key" => options with { SecretKey = value },
            "session_token" => options with { SessionToken = value },
            _ => throw new MetadataException(
                MetadataError.Invalid, $"{key}: '{MetadataText.Quote(name)}' is no key of an artifact store's address; known are endpoint, region, path_style, access_key, secret_key, session_token."),
        };
    }
}
