using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Statistics;

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
    public void DesignEffect_FewGroups_IsNotReckoned() => GroupSums.DesignEffect([new(0, 100, 0), new(1, 100, 100)], 0.25).ShouldBe(1);

    [Fact]
    public void Merge_TwoServers_AddsGroups() =>
        GroupSums.Merge([new(1, 2, 1), new(5, 1, 1)], [new(5, 3, 2), new(0, 1, 0)]).ShouldBe([new(0, 1, 0), new(1, 2, 1), new(5, 4, 3)]);
}
