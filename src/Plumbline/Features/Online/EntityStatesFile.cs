using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Storage;

namespace Plumbline.Features.Online;

/// <summary>The file that holds a whole embedded store as of one moment; docs/specs/feature-store.md.</summary>
internal static class EntityStatesFile
{
    private static ReadOnlySpan<byte> Magic => "plumbline-feature-store-1\n"u8;

    /// <summary>Replaces the file, whole.</summary>
    public static void Write(string path, long generation, EntityTable entities, RememberedIds ids) => AtomicFile.Write(path, stream =>
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(hashed, 1 << 16))
        using (var writer = new BinaryWriter(buffered))
        {
            Span<byte> state = stackalloc byte[EntityState.Size];
            writer.Write(Magic);
            writer.Write(generation);
            writer.Write(entities.IsComplete);
            writer.Write(entities.Count);
            foreach (var (kind, id, entity) in entities.All)
            {
                writer.Write((byte)kind);
                writer.Write(checked((ushort)id.Length));
                writer.Write(id);
                entity.State.Write(state);
                writer.Write(state);
                writer.Write(entity.Written);
            }
            var remembered = ids.All.ToArray();
            writer.Write(remembered.LongLength);
            foreach (var (id, time) in remembered)
            {
                writer.Write((ulong)id);
                writer.Write((ulong)(id >> 64));
                writer.Write(time);
            }
        }
        stream.Write(hash.Hash);
    });

    /// <summary>Generation, entities and ids; empty ones of generation 0 where there is no file.</summary>
    /// <exception cref="FeatureStoreException">Damaged: its SHA-256 is not that of its content, or that is not what <see cref="Write"/> writes.</exception>
    public static (long Generation, EntityTable Entities, RememberedIds Ids) Read(string path)
    {
        if (!File.Exists(path))
            return (0, new EntityTable(), new RememberedIds());
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        Verify(path, stream);
        try
        {
            return ReadVerified(stream);
        }
        catch (Exception exception) when (exception is EndOfStreamException or ArgumentException or IndexOutOfRangeException)
        {
            throw Damaged(path, exception);
        }
    }

    /// <summary>Of the file that is there, damaged or not: 0 where there is none, null where it has no such beginning.</summary>
    public static long? GenerationOf(string path)
    {
        if (!File.Exists(path))
            return 0;
        var beginning = new byte[Magic.Length + sizeof(long)];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length && beginning.AsSpan().StartsWith(Magic)
            ? BinaryPrimitives.ReadInt64LittleEndian(beginning.AsSpan(Magic.Length))
            : null;
    }

    private static (long Generation, EntityTable Entities, RememberedIds Ids) ReadVerified(FileStream stream)
    {
        var ids = new RememberedIds();
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        reader.ReadBytes(Magic.Length);
        var generation = reader.ReadInt64();
        var entities = new EntityTable { IsComplete = reader.ReadBoolean() };
        for (var left = reader.ReadInt64(); left > 0; left--)
        {
            var kind = (EntityKind)reader.ReadByte();
            var id = reader.ReadBytes(reader.ReadUInt16());
            var state = EntityState.Read(reader.ReadBytes(EntityState.Size));
            entities.Set(kind, id, new StoredEntity(state, reader.ReadInt64()));
        }
        for (var left = reader.ReadInt64(); left > 0; left--)
        {
            var low = reader.ReadUInt64();
            ids.TryAdd(new UInt128(reader.ReadUInt64(), low), reader.ReadInt64());
        }
        return (generation, entities, ids);
    }

    private static void Verify(string path, FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var content = stream.Length - SHA256.HashSizeInBytes;
        for (var left = content; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (left == content && !buffer.AsSpan(0, read).StartsWith(Magic))
                break;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        var stored = new byte[SHA256.HashSizeInBytes];
        if (stream.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) < stored.Length || !hash.GetHashAndReset().AsSpan().SequenceEqual(stored))
            throw Damaged(path);
        stream.Position = 0;
    }

    private static FeatureStoreException Damaged(string path, Exception? inner = null) => new(
        FeatureStoreError.Damaged, $"{path} is damaged, or of a newer format. Restore its folder from a backup, or remove it and fill the store again with plumbline features load.", inner);
}
