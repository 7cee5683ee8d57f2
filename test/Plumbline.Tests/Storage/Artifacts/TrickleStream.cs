namespace Plumbline.Tests.Storage.Artifacts;

/// <summary>Gives a little at a time, as a network does.</summary>
internal sealed class TrickleStream(byte[] bytes, int failAt = int.MaxValue) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Position >= failAt
        ? throw new InvalidOperationException("the client is gone")
        : base.ReadAsync(buffer[..Math.Min(buffer.Length, 70_001)], cancellationToken);
}
