using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

/// <summary>How often something happened in simulated sequences, against how often it may.</summary>
internal static class SequenceErrors
{
    /// <summary>Runs of independent random streams in which it happened.</summary>
    public static int Count(int runs, ulong seed, Func<RandomSource, bool> happens)
    {
        var count = 0;
        Parallel.For(0, runs, run =>
        {
            if (happens(RandomSource.Fork(seed, (ulong)run)))
                Interlocked.Increment(ref count);
        });
        return count;
    }

    /// <summary>Not more often than a chance of <paramref name="alpha"/> explains: the 99.9 % point of the binomial, by its normal approximation with continuity correction.</summary>
    public static void ShouldBeAtMost(this int count, double alpha, int runs) =>
        ((double)count).ShouldBeLessThanOrEqualTo((alpha * runs) + 0.5 + (3.09 * Math.Sqrt(alpha * (1 - alpha) * runs)));
}
