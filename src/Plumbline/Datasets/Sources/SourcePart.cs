namespace Plumbline.Datasets.Sources;

/// <summary>One file, object or query's result that was read to its end.</summary>
/// <param name="Name">Full path, s3:// address, or where the query ran.</param>
/// <param name="Size">In bytes, as stored (compressed where it is).</param>
/// <param name="Sha256">Of those bytes; 64 lower-case hex digits.</param>
public sealed record SourcePart(string Name, long Size, string Sha256);
