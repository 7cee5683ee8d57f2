using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class BettingDetectorTests
{
    private static readonly double[] Stakes = [0.05, 0.3];

    [Fact]
    public void Add_AnyScores_EvidenceIsTheSumOverAllBeginningsOfWhatBetsMadeSince()
    {
        var (random, detector, scores) = (new RandomSource(3), new BettingDetector(), new List<double>());
        for (var row = 0; row < 400; row++)
        {
            scores.Add(random.NextDouble() < 0.2 ? 1 + (8 * random.NextDouble()) : 0);
            detector.Add(scores[^1], Stakes, counts: true);
        }
        double[] ratios = [.. scores.Select((score, row) => score / ((20 + scores.Take(row).Sum()) / (20 + row)))];
        for (var stake = 0; stake < Stakes.Length; stake++)
        {
            var expected = Enumerable.Range(0, ratios.Length).Sum(begin => ratios.Skip(begin).Aggregate(1.0, (made, ratio) => made * (1 + (Stakes[stake] * (ratio - 1)))));
            detector.Evidence[stake].ShouldBe(expected, 1e-9 * expected);
        }
        detector.MeanEvidence().ShouldBe(detector.Evidence.Average(), 1e-9);
    }

    [Fact]
    public void Add_WhatDoesNotCount_IsLearntAlone()
    {
        var detector = new BettingDetector();
        for (var row = 0; row < 100; row++)
            detector.Add(row % 2 == 0 ? 3 : 0, Stakes, counts: false);
        (detector.Rows, detector.Scores, detector.MeanEvidence()).ShouldBe((100, 150, 0));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    public void Add_ScoresWhoseMeanStays_SeldomComeToWhatARiseComesTo(double chance)
    {
        const int Streams = 60;
        const double Much = 5_000;
        var (still, risen) = (0, 0);
        for (var stream = 0; stream < Streams; stream++)
        {
            still += Most(chance) >= Much ? 1 : 0;
            risen += Most(chance + 0.2) >= Much ? 1 : 0;

            double Most(double after)
            {
                // Chances are twice as great as was expected, which is learnt.
                var (random, detector, most) = (new RandomSource((ulong)stream), new BettingDetector(), 0.0);
                for (var row = 0; row < 1_000; row++)
                {
                    detector.Add(random.NextDouble() < (row < 500 ? chance : after) ? 2 / chance : 0, Stakes, counts: row >= 200);
                    most = Math.Max(most, detector.MeanEvidence());
                }
                return most;
            }
        }
        still.ShouldBeLessThanOrEqualTo(Streams * 800 * 2 / 5_000, "the bound is 800 of 5,000");
        risen.ShouldBe(Streams);
    }
}
