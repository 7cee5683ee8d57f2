using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class AsymptoticSequenceTests
{
    private const double Alpha = 0.05;

    [Property]
    public void HalfWidth_AnyProgress_IsWhereEvidenceReachesTheLimit(byte progress, byte level)
    {
        var (at, alpha) = ((progress + 1) / 64.0, (level + 1) / 1000.0);
        var width = AsymptoticSequence.HalfWidth(0.3, at, alpha);
        AsymptoticSequence.LogEvidence(width * width / 0.09, at, alpha).ShouldBe(Math.Log(1 / alpha), 1e-9);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.001)]
    public void HalfWidth_AtTheHorizon_IsTheLeastOfAllMixtures(double alpha)
    {
        var chosen = AsymptoticSequence.HalfWidth(1, 1, alpha);
        for (var information = 0.1; information < 1000; information *= 1.05)
            chosen.ShouldBeLessThanOrEqualTo(Math.Sqrt((1 + (1 / information)) * (Math.Log(1 + information) + (2 * Math.Log(1 / alpha)))) + 1e-9);
    }

    [Fact]
    public void RequiredRows_Proportion_IsTheFormula()
    {
        // 3.0351 is the width at the horizon, 1.96 the noise that the power allows for.
        AsymptoticSequence.RequiredRows(0.4, 0.03, 0.05, 0.95).ShouldBe(Math.Ceiling(2 * Math.Pow(0.4 * (3.035122413028551 + 1.959963984540054) / 0.03, 2)));
        AsymptoticSequence.NormalQuantile(0.975).ShouldBe(1.959963984540054, 1e-9);
        AsymptoticSequence.NormalQuantile(0.025).ShouldBe(-1.959963984540054, 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void HalfWidth_SkewedBoundedMeansLookedAtAlways_MissesInAtMostAlphaOfSequences(int ratio)
    {
        const int Runs = 600, Rows = 2000, Window = 20;
        SequenceErrors.Count(Runs, 13, random =>
        {
            var (mine, theirs) = (new Moments(), new Moments());
            for (var n = Window; n <= Rows; n += Window)
            {
                mine.Draw(random, Window);
                theirs.Draw(random, Window * ratio);
                var width = AsymptoticSequence.HalfWidth(Math.Sqrt(mine.Variance + theirs.Variance), (double)n / Rows, Alpha);
                if (n >= 100 && Math.Abs(mine.Mean - theirs.Mean) > width)
                    return true;
            }
            return false;
        }).ShouldBeAtMost(Alpha, Runs);
    }

    private sealed class Moments
    {
        private double _count, _sum, _squares;

        public double Mean => _sum / _count;

        public double Variance => ((_squares / _count) - (Mean * Mean)) / _count;

        /// <summary>Cubes of uniform numbers: most are near 0, few near 1.</summary>
        public void Draw(RandomSource random, int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                var value = Math.Pow(random.NextDouble(), 3);
                (_count, _sum, _squares) = (_count + 1, _sum + value, _squares + (value * value));
            }
        }
    }
}
