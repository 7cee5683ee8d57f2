using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Statistics;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Rollouts;

public sealed class GroupSumsTests
{
    [Theory]
    [InlineData(1, 0.3, 1)]
    [InlineData(20, 0, 1)]
    // Users differ with a variance of 0.3²/3 = 0.03 of 0.25: 1 + 19 · 0.03/0.25.
    [InlineData(20, 0.3, 3.28)]
    public void DesignEffect_RowsOfUsers_IsOnePlusTheirLikeness(int rowsEach, double spread, double expected)
    {
        var random = new RandomSource(5);
        var groups = new GroupSums[TrafficRouter.Groups];
        for (var group = 0; group < groups.Length; group++)
            groups[group] = new GroupSums(group, 0, 0);
        for (var user = 0; user < 20_000; user++)
        {
            var (group, mine) = (random.NextInt32(groups.Length), 0.5 + (spread * ((2 * random.NextDouble()) - 1)));
            groups[group] = new GroupSums(group, groups[group].Count + rowsEach, groups[group].Sum + Binomial.Draw(random, rowsEach, mine));
        }
        // 128 groups tell a variance to an eighth.
        GroupSums.DesignEffect(groups, 0.25).ShouldBe(expected, 0.4 * expected);
    }

    [Fact]
    public void DesignEffect_FewGroups_EachIsOneRow() => GroupSums.DesignEffect([new(0, 100, 0), new(1, 100, 100)], 0.25).ShouldBe(100);

    [Fact]
    public void DesignEffect_NoGroups_RowsAreIndependent() => GroupSums.DesignEffect([], 0.25).ShouldBe(1);

    [Fact]
    public void OfMeans_UsersWithAThousandRequests_AreNotAThousandUsers()
    {
        const int Runs = 200;
        // Two versions that are the same: users differ, few send most, and the bounds of the difference must hold 0 all the same.
        var claims = SequenceErrors.Count(Runs, 11, random => IsClaimed(Arm(random, KeepsGroups), Arm(random, KeepsGroups)));
        claims.ShouldBeLessThanOrEqualTo(Runs / 20);
        SequenceErrors.Count(Runs, 11, random => IsClaimed(Arm(random, false), Arm(random, false))).ShouldBeGreaterThan(Runs / 2, "without groups nearly every test claims a difference");
    }

    private const bool KeepsGroups = true;

    private static bool IsClaimed(MeanSums one, MeanSums other) => MetricEffect.OfMeans(one, other, 20_000, 100, 0.05) is var effect && (effect.Low > 0 || effect.High < 0);

    private static MeanSums Arm(RandomSource random, bool keepsGroups)
    {
        var (sums, groups) = (MeanSums.None, new Dictionary<int, GroupSums>());
        for (var user = 0; user < 500; user++)
        {
            // Pareto of index 1, up to a thousand.
            var (rows, mean, group) = ((int)Math.Min(1000, 1 / (1 - random.NextDouble())), 0.3 + (0.6 * random.NextDouble()), random.NextInt32(TrafficRouter.Groups));
            sums = MeanSums.Of(sums, new MeanSums(rows, rows * mean, rows * mean * mean, []));
            var before = groups.GetValueOrDefault(group, new GroupSums(group, 0, 0));
            groups[group] = new GroupSums(group, before.Count + rows, before.Sum + (rows * mean));
        }
        return sums with { Groups = keepsGroups ? [.. groups.Values] : [] };
    }

    [Fact]
    public void Merge_TwoServers_AddsGroups() =>
        GroupSums.Merge([new(1, 2, 1), new(5, 1, 1)], [new(5, 3, 2), new(0, 1, 0)]).ShouldBe([new(0, 1, 0), new(1, 2, 1), new(5, 4, 3)]);
}
