using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Plumbline.Storage.Artifacts;

/// <summary>Copies by blocks: one thread reads on, and reckons the digest, while another stores what was read. Memory is bounded. Used once.</summary>
/// <param name="store">Called for one block after another; may block its thread.</param>
internal sealed class BlockCopy(Func<ReadOnlyMemory<byte>, ValueTask> store)
{
    private const int BlockBytes = 256 << 10;

    // So many that neither thread waits for the other at every block, so few that they stay in a processor's cache.
    private const int MostBlocks = 8;

    private readonly Channel<(byte[] Block, int Length)> _filled = Channel.CreateUnbounded<(byte[], int)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<byte[]> _free = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly List<byte[]> _rented = new(MostBlocks);

    /// <returns>What was copied.</returns>
    public static async Task<Blob> RunHashedAsync(Stream content, Func<ReadOnlyMemory<byte>, ValueTask> store, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = await new BlockCopy(store).RunAsync(content, hash, cancellation).ConfigureAwait(false);
        return new Blob(Convert.ToHexStringLower(hash.GetHashAndReset()), size);
    }

    /// <param name="hash">Gets what was read; null if nobody wants its digest.</param>
    /// <returns>Bytes in all.</returns>
    public async Task<long> RunAsync(Stream content, IncrementalHash? hash, CancellationToken cancellation)
    {
        var (storing, size) = (Task.CompletedTask, 0L);
        try
        {
            while (await NextAsync(cancellation).ConfigureAwait(false) is { } block
                && await content.ReadAtLeastAsync(block.AsMemory(0, BlockBytes), BlockBytes, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) is > 0 and var read)
            {
                hash?.AppendData(block, 0, read);
                _filled.Writer.TryWrite((block, read));
                // Of a small file nothing is left to be read meanwhile.
                if (size == 0)
                    storing = read < BlockBytes ? StoreAsync() : Task.Run(StoreAsync, CancellationToken.None);
                size += read;
            }
        }
        finally
        {
            _filled.Writer.TryComplete();
            // Blocks are given back only when nobody uses them.
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _rented.ForEach(block => ArrayPool<byte>.Shared.Return(block));
        }
        await storing.ConfigureAwait(false);
        return size;
    }

    /// <summary>A block to be filled; null if what was read can be stored no more.</summary>
    private async ValueTask<byte[]?> NextAsync(CancellationToken cancellation)
    {
        if (_free.Reader.TryRead(out var free))
            return free;
        if (_rented.Count == MostBlocks)
            return await _free.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false) && _free.Reader.TryRead(out free) ? free : null;
        _rented.Add(ArrayPool<byte>.Shared.Rent(BlockBytes));
        return _rented[^1];
    }

    private async Task StoreAsync()
    {
        try
        {
            await foreach (var (block, length) in _filled.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await store(block.AsMemory(0, length)).ConfigureAwait(false);
                _free.Writer.TryWrite(block);
            }
        }
        finally
        {
            _free.Writer.TryComplete();
        }
    }
}
