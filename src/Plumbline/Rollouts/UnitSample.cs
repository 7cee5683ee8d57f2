using System.Numerics;

namespace Plumbline.Rollouts;

/// <summary>
/// Units that a version was given, each once: all of them, or of many those whose hash is below 2^(64 − level), which is a sample that depends on no version, server or order. Such sets add up, however often
/// and by whomever a unit was seen (adaptive sampling: Wegman; Flajolet 1990, "On adaptive sampling"). Immutable.
/// </summary>
/// <param name="Level">0 to 63; one more keeps half.</param>
/// <param name="Hashes">Of the units (<see cref="Inference.Routing.TrafficRouter.Hash"/>), in ascending order, each below the bound of the level.</param>
public sealed record UnitSample(int Level, IReadOnlyList<ulong> Hashes)
{
    /// <summary>Hashes that are kept at most.</summary>
    public const int Most = 2048;

    public const int MostLevel = 63;

    public static UnitSample None { get; } = new(0, []);

    /// <summary>Units that there are, as far as the sample tells.</summary>
    internal double Estimate => Hashes.Count * Math.Pow(2, Level);

    /// <summary>Whether a unit is in the sample of a level.</summary>
    public static bool Has(int level, ulong hash) => BitOperations.LeadingZeroCount(hash) >= level;

    /// <param name="hashes">In any order.</param>
    public static UnitSample Of(int level, IEnumerable<ulong> hashes) => Bounded(level, [.. hashes.Where(hash => Has(level, hash)).Distinct().Order()]);

    /// <summary>Those units that another sample does not have.</summary>
    public UnitSample Except(UnitSample other)
    {
        var level = Math.Max(Level, other.Level);
        return new UnitSample(level, [.. Hashes.Where(hash => Has(level, hash)).Except(other.Hashes).Order()]);
    }

    /// <summary>Units in the sample of a level that is at least this one's.</summary>
    internal long CountAt(int level) => level == Level ? Hashes.Count : Hashes.Count(hash => Has(level, hash));

    internal static UnitSample Sum(UnitSample first, UnitSample second)
    {
        if (second.Hashes.Count == 0 && second.Level <= first.Level)
            return first;
        return Of(Math.Max(first.Level, second.Level), first.Hashes.Concat(second.Hashes));
    }

    private static UnitSample Bounded(int level, ulong[] hashes)
    {
        while (hashes.Length > Most && level < MostLevel)
        {
            level++;
            hashes = [.. hashes.TakeWhile(hash => Has(level, hash))];
        }
        return new UnitSample(level, hashes);
    }
}
