using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Features.Online;

/// <summary>The ids of recent events, by digest: those of the last <see cref="IFeatureStore.RememberIds"/>, at most a million of them, some 70 bytes each. Not thread-safe.</summary>
internal sealed class RememberedIds(int most = 1_000_000)
{
    private readonly Dictionary<UInt128, long> _times = [];
    private readonly Queue<(UInt128 Id, long Time)> _order = new();

    public int Count => _times.Count;

    /// <summary>In the order in which they came.</summary>
    public IEnumerable<(UInt128 Id, long Time)> All => _order.Where(IsCurrent);

    /// <summary>The first half of the SHA-256 of the event's kind and id.</summary>
    public static UInt128 DigestOf(EntityEvent entityEvent)
    {
        Span<byte> bytes = stackalloc byte[1 + EntityEvent.MostIdBytes];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        bytes[0] = (byte)entityEvent.Kind;
        SHA256.HashData(bytes[..(1 + Encoding.UTF8.GetBytes(entityEvent.Id, bytes[1..]))], digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    /// <param name="now">Milliseconds since 1970 UTC.</param>
    /// <returns>False where it is remembered.</returns>
    public bool TryAdd(UInt128 id, long now)
    {
        while (_order.TryPeek(out var oldest) && (oldest.Time <= now - (long)IFeatureStore.RememberIds.TotalMilliseconds || _order.Count >= most || !IsCurrent(oldest)))
            Remove(_order.Dequeue());
        if (!_times.TryAdd(id, now))
            return false;
        _order.Enqueue((id, now));
        return true;
    }

    /// <summary>Forgets an id whose event came to nothing.</summary>
    public void Remove(UInt128 id) => _times.Remove(id);

    private bool IsCurrent((UInt128 Id, long Time) entry) => _times.TryGetValue(entry.Id, out var time) && time == entry.Time;

    private void Remove((UInt128 Id, long Time) entry)
    {
        if (IsCurrent(entry))
            _times.Remove(entry.Id);
    }
}
