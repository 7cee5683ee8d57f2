using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Plumbline.Features.Online;

/// <summary>An event as the log of an embedded store holds it; docs/specs/feature-store.md.</summary>
/// <param name="Written">When it was taken in, in milliseconds since 1970 UTC.</param>
internal sealed record LoggedEvent(EntityEventKind Kind, UInt128 Id, byte[]? User, byte[]? Item, long Value, long Time, long Written)
{
    private const ushort Absent = ushort.MaxValue;
    private const int FixedBytes = 1 + 16 + (3 * sizeof(long)) + (2 * sizeof(ushort));

    public static LoggedEvent Of(EntityEvent entityEvent, long now) => new(
        entityEvent.Kind, RememberedIds.DigestOf(entityEvent), Bytes(entityEvent.User), Bytes(entityEvent.Item), entityEvent.Value, entityEvent.Time, now);

    public int Length => FixedBytes + (User?.Length ?? 0) + (Item?.Length ?? 0);

    public void Write(Span<byte> target)
    {
        target[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt128LittleEndian(target[1..], Id);
        BinaryPrimitives.WriteInt64LittleEndian(target[17..], Value);
        BinaryPrimitives.WriteInt64LittleEndian(target[25..], Time);
        BinaryPrimitives.WriteInt64LittleEndian(target[33..], Written);
        WriteId(Item, WriteId(User, target[41..]));
    }

    /// <returns>False where <paramref name="source"/> is not what <see cref="Write"/> writes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out LoggedEvent? read)
    {
        read = null;
        if (source.Length < FixedBytes || source[0] is not (1 or 2))
            return false;
        var rest = source[41..];
        if (!TryReadId(ref rest, out var user) || !TryReadId(ref rest, out var item) || !rest.IsEmpty)
            return false;
        read = new LoggedEvent(
            (EntityEventKind)source[0], BinaryPrimitives.ReadUInt128LittleEndian(source[1..]), user, item, BinaryPrimitives.ReadInt64LittleEndian(source[17..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[25..]), BinaryPrimitives.ReadInt64LittleEndian(source[33..]));
        return true;
    }

    private static byte[]? Bytes(string? id) => id is null ? null : Encoding.UTF8.GetBytes(id);

    private static Span<byte> WriteId(byte[]? id, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target, id is null ? Absent : (ushort)id.Length);
        id?.CopyTo(target[sizeof(ushort)..]);
        return target[(sizeof(ushort) + (id?.Length ?? 0))..];
    }

    private static bool TryReadId(ref ReadOnlySpan<byte> source, out byte[]? id)
    {
        id = null;
        if (source.Length < sizeof(ushort))
            return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(source);
        source = source[sizeof(ushort)..];
        if (length == Absent)
            return true;
        if (source.Length < length)
            return false;
        id = source[..length].ToArray();
        source = source[length..];
        return true;
    }
}
