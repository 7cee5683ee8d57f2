using System.IO.Hashing;
using System.Text;

namespace Plumbline.Rollouts;

/// <summary>
/// Which version a unit gets: XXH64 (Collet 2012) of its UTF-8 bytes, seeded by XXH64 of the salt, against the candidates' shares laid end to end from 0; what is left is the stable version's
/// (docs/specs/rollouts.md has vectors). Another salt assigns independently. Raising one candidate's weight takes no unit from it. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class Assignment
{
    /// <summary>What <see cref="Choose(ulong)"/> returns for the stable version.</summary>
    public const int Stable = -1;

    /// <summary>Number of <see cref="Group"/>s.</summary>
    public const int Groups = 128;

    private readonly long _seed;
    private readonly ulong[] _ends;
    private readonly bool _isFull;

    /// <param name="weights">One a candidate, each at least 0, at most 1 together.</param>
    /// <exception cref="ArgumentException">A weight is not within 0 and 1, or they are more than 1 together.</exception>
    public Assignment(string salt, IReadOnlyList<double> weights)
    {
        _seed = unchecked((long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(salt)));
        _ends = new ulong[weights.Count];
        var sum = 0.0;
        for (var candidate = 0; candidate < weights.Count; candidate++)
        {
            if (!(weights[candidate] >= 0 && (sum += weights[candidate]) <= 1 + 1e-9))
                throw new ArgumentException(FormattableString.Invariant($"weights[{candidate}] is {weights[candidate]}; each must be at least 0, and all at most 1 together."));
            _ends[candidate] = sum >= 1 ? ulong.MaxValue : (ulong)Math.ScaleB(sum, 64);
        }
        // 2⁶⁴ itself is no number of 64 bits.
        _isFull = sum >= 1 - 1e-9;
        if (_isFull)
            _ends[^1] = ulong.MaxValue;
    }

    /// <summary>64 bits, uniform over units.</summary>
    public ulong Hash(ReadOnlySpan<byte> unit) => XxHash64.HashToUInt64(unit, _seed);

    /// <summary>Index of the candidate, or <see cref="Stable"/>.</summary>
    public int Choose(ReadOnlySpan<byte> unit) => Choose(Hash(unit));

    /// <param name="hash">Of the unit.</param>
    public int Choose(ulong hash)
    {
        for (var candidate = 0; candidate < _ends.Length; candidate++)
        {
            if (hash < _ends[candidate])
                return candidate;
        }
        return _isFull ? _ends.Length - 1 : Stable;
    }

    /// <summary>Which of 128 groups a unit counts in where sums are kept by group; independent of what it was assigned to.</summary>
    public static int Group(ulong hash) => (int)(hash & (Groups - 1));
}
