namespace Plumbline.Datasets.Sources;

/// <summary><c>s3://bucket/key</c>.</summary>
/// <param name="Key">Of one object, a pattern, or the beginning of many that ends with a slash; empty for the whole bucket.</param>
internal readonly record struct S3Address(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    public static bool IsS3(string path) => path.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="DatasetException">It names no bucket.</exception>
    public static S3Address Parse(string path)
    {
        var rest = path[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, key) = slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
        return bucket.Length > 0 && !PathPattern.IsPattern(bucket)
            ? new S3Address(bucket, key)
            : throw new DatasetException($"{path} names no bucket. Write s3://bucket/key, s3://bucket/folder/ or s3://bucket/pattern");
    }

    public override string ToString() => $"{Scheme}{Bucket}/{Key}";
}
