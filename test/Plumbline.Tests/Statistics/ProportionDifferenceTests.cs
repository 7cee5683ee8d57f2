using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class ProportionDifferenceTests(ITestOutputHelper output)
{
    private const double Alpha = 0.05;

    [Property]
    public void SquaredDistance_AnyCounts_IsWhatAGridFinds(byte hits, byte misses, byte otherHits, byte otherMisses, byte place)
    {
        var (first, second) = ((hits, hits + misses + 1L), (otherHits, otherHits + otherMisses + 1L));
        var difference = (place - 127.5) / 128;
        const int Steps = 20_000;
        var best = double.NegativeInfinity;
        for (var i = 0; i <= Steps; i++)
        {
            var p = Math.Max(0, -difference) + (i * (1 - Math.Abs(difference)) / Steps);
            best = Math.Max(best, Binomial.LogLikelihood(Math.Clamp(p + difference, 0, 1), hits, first.Item2) + Binomial.LogLikelihood(Math.Clamp(p, 0, 1), otherHits, second.Item2));
        }
        var top = Binomial.LogLikelihood((double)hits / first.Item2, hits, first.Item2) + Binomial.LogLikelihood((double)otherHits / second.Item2, otherHits, second.Item2);
        ProportionDifference.SquaredDistance(first, second, difference).ShouldBe(2 * (top - best), 0.01);
    }

    [Property]
    public void Interval_AnyCounts_IsAntisymmetricAndLeavesOutZeroWhereEvidenceDoes(byte hits, byte misses, byte otherHits, byte otherMisses, byte progress)
    {
        var (first, second) = ((hits, hits + misses + 1L), (otherHits, otherHits + otherMisses + 1L));
        var at = (progress + 1) / 128.0;
        var (low, high) = ProportionDifference.Interval(first, second, at, Alpha);
        var (otherLow, otherHigh) = ProportionDifference.Interval(second, first, at, Alpha);
        low.ShouldBe(-otherHigh, 1e-6);
        high.ShouldBe(-otherLow, 1e-6);
        var evidence = AsymptoticSequence.LogEvidence(ProportionDifference.SquaredDistance(first, second, 0), at, Alpha);
        if (Math.Abs(evidence - Math.Log(1 / Alpha)) > 1e-6)
            (low > 0 || high < 0).ShouldBe(evidence > Math.Log(1 / Alpha));
    }

    [Fact]
    public void Interval_NoTrials_IsEverything() => ProportionDifference.Interval((0, 0), (3, 10), 1, Alpha).ShouldBe((-1, 1));

    [Theory]
    [InlineData(0.8, 1)]
    [InlineData(0.01, 19)]
    [InlineData(0.001, 19)]
    [InlineData(0.98, 99)]
    public void Interval_LookedAtAfterEveryWindow_MissesInAtMostAlphaOfSequences(double p, int ratio)
    {
        const int Runs = 1000;
        SequenceErrors.Count(Runs, 5, random => Sequence(random, (p, p), ratio, 4000, 20).Missed).ShouldBeAtMost(Alpha, Runs);
    }

    [Fact]
    public void Interval_DifferenceAtItsHorizon_IsFoundInNineteenOfTwenty()
    {
        const int Runs = 300;
        var rows = (int)AsymptoticSequence.RequiredRows(0.4, 0.05, Alpha, 0.95);
        SequenceErrors.Count(Runs, 7, random => Sequence(random, (0.85, 0.8), 1, rows, 100).Found).ShouldBeGreaterThanOrEqualTo((int)(0.95 * Runs));
    }

    // Shown in docs/specs/rollouts.md.
    [Fact(Explicit = true)]
    public void Interval_ManySequences_Report()
    {
        const int Runs = 4000;
        foreach (var (candidate, stable, ratio, rows) in new[]
        {
            (0.8, 0.8, 1, 8872), (0.5, 0.5, 1, 2000), (0.01, 0.01, 1, 10_000), (0.001, 0.001, 19, 5000), (0.01, 0.01, 19, 5000), (0.98, 0.98, 19, 5000), (0.01, 0.01, 99, 5000),
            (0.83, 0.8, 1, 8872), (0.77, 0.8, 1, 8872), (0.02, 0.01, 19, 5000),
        })
        {
            var (missed, found, stopped, exact) = (0, 0, 0L, 0);
            Parallel.For(0, Runs, run =>
            {
                var one = Sequence(RandomSource.Fork(11, (ulong)run), (candidate, stable), ratio, rows, 20);
                Interlocked.Add(ref missed, one.Missed ? 1 : 0);
                Interlocked.Add(ref found, one.Found ? 1 : 0);
                Interlocked.Add(ref stopped, one.Stopped);
                Interlocked.Add(ref exact, one.FoundExactly ? 1 : 0);
            });
            output.WriteLine(FormattableString.Invariant($"{candidate} against {stable}, 1 : {ratio}, {rows} rows: missed {(double)missed / Runs:p2}, ")
                + FormattableString.Invariant($"told from 0 {(double)found / Runs:p1} (by the exact test {(double)exact / Runs:p1}), stopped after {stopped / Runs} rows"));
        }
    }

    /// <summary>Whether the interval ever misses the difference, and whether and after how many rows of the smaller arm it first leaves out 0.</summary>
    private static (bool Missed, bool Found, bool FoundExactly, int Stopped) Sequence(RandomSource random, (double Candidate, double Stable) p, int ratio, int rows, int window)
    {
        var (first, second, limit) = ((Hits: 0L, Trials: 0L), (Hits: 0L, Trials: 0L), Math.Log(1 / Alpha));
        var (missed, found, exactly, stopped) = (false, false, false, rows);
        for (var n = window; n <= rows; n += window)
        {
            first = (first.Hits + Binomial.Draw(random, window, p.Candidate), n);
            second = (second.Hits + Binomial.Draw(random, window * ratio, p.Stable), (long)n * ratio);
            var progress = 2.0 * n / rows * ratio / (1 + ratio);
            if (n < 100)
                continue;
            missed |= AsymptoticSequence.LogEvidence(ProportionDifference.SquaredDistance(first, second, p.Candidate - p.Stable), progress, Alpha) >= limit;
            var distance = ProportionDifference.SquaredDistance(first, second, 0);
            if (!found && AsymptoticSequence.LogEvidence(distance, progress, Alpha) >= limit)
                (found, stopped) = (true, n);
            // The product of two exact martingales at the pair of equal proportions that suits it best.
            var pooled = (double)(first.Hits + second.Hits) / (first.Trials + second.Trials);
            exactly |= BetaMixture.Reference.LogEvidence(pooled, first.Hits, first.Trials) + BetaMixture.Reference.LogEvidence(pooled, second.Hits, second.Trials) >= limit;
        }
        return (missed, found, exactly, stopped);
    }
}
