namespace Plumbline.Datasets.Retention;

/// <summary>What garbage collection did with one snapshot, or would do.</summary>
/// <param name="Reasons">Why it stays, or why it goes.</param>
/// <param name="Size">Bytes of its files; 0 where its manifest cannot be read.</param>
public sealed record CollectedSnapshot(string Digest, bool Removed, IReadOnlyList<string> Reasons, long Size);

/// <summary>What garbage collection did, or would do.</summary>
/// <param name="Snapshots">The newest first.</param>
/// <param name="Swept">Full paths of what processes that ended left behind, and of old reports.</param>
public sealed record CollectionReport(IReadOnlyList<CollectedSnapshot> Snapshots, IReadOnlyList<string> Swept)
{
    public long FreedBytes => Snapshots.Where(snapshot => snapshot.Removed).Sum(snapshot => snapshot.Size);
}
