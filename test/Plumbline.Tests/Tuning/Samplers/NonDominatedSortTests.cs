using FsCheck;
using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tuning.Samplers;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class NonDominatedSortTests
{
    [Property(MaxTest = 200)]
    public void Fronts_AnyLosses_AreThoseOfPeelingOff(PositiveInt seed)
    {
        var losses = Losses((ulong)seed.Get);
        var left = Enumerable.Range(0, losses.Length).ToList();
        var peeled = new List<int[]>();
        while (left.Count > 0)
        {
            var front = left.Where(i => !left.Any(j => NonDominatedSort.Dominates(losses[j], losses[i]))).ToArray();
            peeled.Add(front);
            left.RemoveAll(front.Contains);
        }
        var fronts = NonDominatedSort.Fronts(losses);
        fronts.Count.ShouldBe(peeled.Count);
        for (var i = 0; i < fronts.Count; i++)
            fronts[i].ShouldBe(peeled[i]);
    }

    [Fact]
    public void CrowdingDistance_ALine_IsTheShareOfTheRangeBetweenNeighbours()
    {
        double[][] losses = [[0, 4], [9, 9], [1, 3], [4, 0]];
        CrowdingDistance.Of([0, 2, 3], losses).ShouldBe([double.PositiveInfinity, 2, double.PositiveInfinity]);
        CrowdingDistance.Of([1], losses).ShouldBe([double.PositiveInfinity]);
        CrowdingDistance.Of([1, 1, 1], losses)[1].ShouldBe(0);
    }

    /// <summary>Few different values, so that there are equal ones.</summary>
    private static double[][] Losses(ulong seed)
    {
        var random = new RandomSource(seed);
        var objectives = 1 + random.NextInt32(3);
        return [.. Enumerable.Range(0, random.NextInt32(40)).Select(_ => Enumerable.Range(0, objectives).Select(_ => (double)random.NextInt32(8)).ToArray())];
    }
}
