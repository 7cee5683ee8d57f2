using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Plumbline.Inference.Routing;

/// <summary>Assigns units to versions by weighted rendezvous hashing: docs/specs/serving.md. Immutable and thread-safe; allocates nothing.</summary>
public sealed class TrafficRouter
{
    /// <summary>Number of <see cref="GroupOf"/>'s groups.</summary>
    public const int Groups = 128;

    private readonly long _salt;
    private readonly ulong[] _keys;
    private readonly double[] _shares;

    /// <param name="arms">Digest of each version's model, and its share; those with a share of 0 get nothing.</param>
    public TrafficRouter(string salt, IReadOnlyList<(string Digest, double Share)> arms)
    {
        _salt = unchecked((long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(salt)));
        _keys = [.. arms.Select(arm => ulong.Parse(arm.Digest.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
        _shares = [.. arms.Select(arm => arm.Share)];
    }

    /// <summary>64 bits, uniform over units.</summary>
    /// <param name="unit">UTF-8.</param>
    public ulong Hash(ReadOnlySpan<byte> unit) => XxHash64.HashToUInt64(unit, _salt);

    /// <summary>Place of the version that answers.</summary>
    /// <param name="hash">Of the unit.</param>
    public int Choose(ulong hash)
    {
        var (best, least) = (0, double.PositiveInfinity);
        for (var i = 0; i < _keys.Length; i++)
        {
            // Of two scores that are equal, such as those of shares of 0, the first version's counts.
            var score = -Math.Log(((Mix(hash ^ _keys[i]) >> 11) + 0.5) / (1UL << 53)) / _shares[i];
            if (score < least)
                (best, least) = (i, score);
        }
        return best;
    }

    /// <summary>Which of 128 groups a unit counts in where sums are kept by group; it says nothing of its version.</summary>
    /// <param name="hash">Of the unit.</param>
    public static int GroupOf(ulong hash) => (int)(hash % Groups);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
