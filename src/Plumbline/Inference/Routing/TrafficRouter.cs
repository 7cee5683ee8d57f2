using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Inference.Routing;

/// <summary>Assigns units to versions by weighted rendezvous hashing: docs/specs/serving.md. Immutable and thread-safe; allocates nothing for a unit of the usual size.</summary>
public sealed class TrafficRouter
{
    private const int UsualBytes = 512;
    private readonly byte[] _salt;
    private readonly ulong[] _keys;
    private readonly double[] _shares;

    /// <param name="arms">Digest of each version's model, and its share; those with a share of 0 get nothing.</param>
    public TrafficRouter(string salt, IReadOnlyList<(string Digest, double Share)> arms)
    {
        _salt = [.. Encoding.UTF8.GetBytes(salt), 0];
        _keys = [.. arms.Select(arm => ulong.Parse(arm.Digest.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
        _shares = [.. arms.Select(arm => arm.Share)];
    }

    /// <summary>Place of the version that answers.</summary>
    /// <param name="unit">UTF-8.</param>
    public int Choose(ReadOnlySpan<byte> unit) => Choose(unit, out _);

    /// <inheritdoc cref="Choose(ReadOnlySpan{byte})"/>
    /// <param name="seed">Of the unit; 0 where there is nothing to choose.</param>
    public int Choose(ReadOnlySpan<byte> unit, out ulong seed)
    {
        seed = 0;
        if (_keys.Length == 1)
            return 0;
        seed = Seed(unit);
        var (best, least) = (0, double.PositiveInfinity);
        for (var i = 0; i < _keys.Length; i++)
        {
            // Of two scores that are equal, such as those of shares of 0, the first version's counts.
            var score = -Math.Log(((Mix(seed ^ _keys[i]) >> 11) + 0.5) / (1UL << 53)) / _shares[i];
            if (score < least)
                (best, least) = (i, score);
        }
        return best;
    }

    private ulong Seed(ReadOnlySpan<byte> unit)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = _salt.Length + unit.Length;
        var rented = length > UsualBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        var salted = rented is null ? stackalloc byte[UsualBytes] : rented;
        _salt.CopyTo(salted);
        unit.CopyTo(salted[_salt.Length..]);
        SHA256.HashData(salted[..length], hash);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
