using FsCheck.Xunit;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class BestArmTests
{
    [Theory]
    [InlineData(50, 100, 60, 100)]
    [InlineData(0, 0, 3, 4)]
    [InlineData(1000, 100_000, 1100, 100_000)]
    public void Probabilities_TwoArms_IsTheClosedForm(int hits, int trials, int otherHits, int otherTrials)
    {
        // P(second > first) = Σ B(α₁ + i, β₁ + β₂) / ((β₂ + i) B(1 + i, β₂) B(α₁, β₁)) over i below α₂ (Miller 2014), with the second's α₂.
        var (a1, b1, a2, b2) = (1.0 + hits, 1.0 + trials - hits, 1.0 + otherHits, 1.0 + otherTrials - otherHits);
        var expected = 0.0;
        for (var i = 0; i < a2; i++)
        {
            expected += Math.Exp(MathNet.Numerics.SpecialFunctions.BetaLn(a1 + i, b1 + b2) - Math.Log(b2 + i)
                - MathNet.Numerics.SpecialFunctions.BetaLn(1 + i, b2) - MathNet.Numerics.SpecialFunctions.BetaLn(a1, b1));
        }
        BestArm.Probabilities([(hits, trials), (otherHits, otherTrials)])[1].ShouldBe(expected, 1e-4);
    }

    [Fact]
    public void Probabilities_SeveralArms_AreThoseOfDraws()
    {
        (double, double)[] arms = [(20, 100), (25, 100), (13, 50), (0, 0)];
        const int Draws = 20_000;
        var (random, wins) = (new RandomSource(5), new int[arms.Length]);
        for (var draw = 0; draw < Draws; draw++)
        {
            var values = arms.Select(arm => Beta(random, 1 + (int)arm.Item1, 1 + (int)(arm.Item2 - arm.Item1))).ToArray();
            wins[Array.IndexOf(values, values.Max())]++;
        }
        var probabilities = BestArm.Probabilities(arms);
        for (var arm = 0; arm < arms.Length; arm++)
            probabilities[arm].ShouldBe((double)wins[arm] / Draws, 0.015);
    }

    [Property]
    public void Shares_AnyArms_KeepTheFloorAndSumToOne(byte[] hits)
    {
        if (hits.Length is 0 or > 8)
            return;
        var shares = BestArm.Shares(BestArm.Probabilities([.. hits.Select(hit => ((double)hit, 255.0))]), 0.1);
        shares.Sum().ShouldBe(1, 1e-9);
        shares.ShouldAllBe(share => share >= 0.1 - 1e-12);
    }

    /// <summary>The order statistic of uniform numbers.</summary>
    private static double Beta(RandomSource random, int a, int b) => Enumerable.Range(0, a + b - 1).Select(_ => random.NextDouble()).Order().ElementAt(a - 1);
}
