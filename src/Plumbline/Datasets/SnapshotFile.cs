namespace Plumbline.Datasets;

/// <summary>One of the Parquet files of a snapshot.</summary>
/// <param name="Name">In the snapshot's folder.</param>
/// <param name="Rows">How many rows stand in it.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public sealed record SnapshotFile(string Name, long Rows, long Size, string Sha256);
