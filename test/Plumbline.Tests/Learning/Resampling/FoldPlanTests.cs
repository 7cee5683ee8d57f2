using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Learning.Resampling;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Resampling;

public sealed class FoldPlanTests
{
    [Property(MaxTest = 100)]
    public void Stratified_DifferentTexts_EveryRowIsHeldOutOnceAndClassesAreEven(ulong seed, byte rows, byte folds)
    {
        var (count, random) = (2 + (folds % 6), new RandomSource(seed));
        var (keys, labels) = (new ulong[count + rows], new int[count + rows]);
        for (var row = 0; row < keys.Length; row++)
            (keys[row], labels[row]) = (random.NextUInt64(), random.NextInt32(3));
        var plan = FoldPlan.Stratified(keys, labels, 3, count);
        ShouldPart(plan, keys.Length, count);
        for (var label = 0; label < 3; label++)
        {
            var counts = Enumerable.Range(0, count).Select(fold => Rows(plan, fold).Count(row => labels[row] == label)).ToArray();
            (counts.Max() - counts.Min()).ShouldBeLessThanOrEqualTo(1);
        }
        var sizes = Enumerable.Range(0, count).Select(fold => Rows(plan, fold).Count()).ToArray();
        (sizes.Max() - sizes.Min()).ShouldBeLessThanOrEqualTo(3);
    }

    [Property(MaxTest = 50)]
    public void Stratified_RowsInAnotherOrder_SameFolds(ulong seed)
    {
        var random = new RandomSource(seed);
        var (keys, labels) = (new ulong[60], new int[60]);
        for (var row = 0; row < keys.Length; row++)
            (keys[row], labels[row]) = (random.NextUInt64(), random.NextInt32(3));
        var order = Enumerable.Range(0, 60).ToArray();
        random.Shuffle<int>(order);
        var plan = FoldPlan.Stratified(keys, labels, 3, 4);
        var shuffled = FoldPlan.Stratified([.. order.Select(row => keys[row])], [.. order.Select(row => labels[row])], 3, 4);
        for (var row = 0; row < 60; row++)
            FoldOf(shuffled, row).ShouldBe(FoldOf(plan, order[row]));
    }

    [Property(MaxTest = 100)]
    public void OfGroups_AnyGroups_StandTogetherInFoldsOfLikeSize(ulong seed, byte folds)
    {
        var (count, random) = (2 + (folds % 5), new RandomSource(seed));
        var groups = Enumerable.Range(0, 120).Select(_ => (long)random.NextInt32(25) - 1).ToArray();
        var plan = FoldPlan.OfGroups(groups, count, "user");
        ShouldPart(plan, groups.Length, count);
        var foldOf = groups.Select((_, row) => FoldOf(plan, row)).ToArray();
        foreach (var group in groups.Index().Where(row => row.Item >= 0).GroupBy(row => row.Item))
            group.Select(row => foldOf[row.Index]).Distinct().Count().ShouldBe(1);
        var sizes = Enumerable.Range(0, count).Select(fold => foldOf.Count(other => other == fold)).ToArray();
        (sizes.Max() - sizes.Min()).ShouldBeLessThanOrEqualTo(groups.Where(group => group >= 0).GroupBy(group => group).Max(group => group.Count()));
    }

    [Property(MaxTest = 100)]
    public void OfTimes_AnyTimes_FitsOnWhatIsEarlierAndOnWhatHasNone(ulong seed, byte folds)
    {
        var (count, random) = (2 + (folds % 5), new RandomSource(seed));
        var times = Enumerable.Range(0, 150).Select(row => row % 10 == 0 ? long.MinValue : random.NextInt32(1000) - 500L).ToArray();
        var plan = FoldPlan.OfTimes(times, count);
        for (var fold = 0; fold < count; fold++)
        {
            var earliest = Rows(plan, fold).Min(row => times[row]);
            var fitted = Enumerable.Range(0, times.Length).Where(row => plan.IsFittedOn(row, fold)).ToArray();
            fitted.Count(row => times[row] == long.MinValue).ShouldBe(15);
            fitted.ShouldBe(Enumerable.Range(0, times.Length).Where(row => times[row] < earliest));
            fitted.Length.ShouldBeInRange(15 + (135 * (fold + 1) / (count + 1)) - 1, 15 + (135 * (fold + 1) / (count + 1)) + 5);
        }
        Enumerable.Range(0, times.Length).Where(row => times[row] == long.MinValue).ShouldAllBe(row => !plan.IsJudged(row));
    }

    [Fact]
    public void Plans_FewerThanFolds_SayWhat()
    {
        Message(() => FoldPlan.Stratified([7, 7, 7, 9], [0, 1, 0, 1], 2, 3)).ShouldContain("folds: 3 are more than the 2 different texts");
        Message(() => FoldPlan.OfGroups([4, 4, 5], 3, "user")).ShouldContain("the 2 groups by user");
        Message(() => FoldPlan.OfTimes([4, 5, long.MinValue], 2)).ShouldContain("the times of 2 rows");
        Message(() => FoldPlan.OfTimes([4, 4, 4, 4, 5], 2)).ShouldContain("the different times");
    }

    [Fact]
    public void Stratified_EqualTexts_StandTogether()
    {
        ulong[] keys = [1, 2, 1, 3, 4, 2, 5, 1];
        var plan = FoldPlan.Stratified(keys, [0, 1, 1, 0, 1, 1, 0, 0], 2, 3);
        foreach (var row in Enumerable.Range(0, keys.Length))
            FoldOf(plan, row).ShouldBe(FoldOf(plan, Array.IndexOf(keys, keys[row])));
    }

    private static string Message(Action plan) => Should.Throw<DatasetException>(plan).Message;

    private static IEnumerable<int> Rows(FoldPlan plan, int fold) => Enumerable.Range(0, plan.Rows).Where(row => plan.IsHeldOut(row, fold));

    private static int FoldOf(FoldPlan plan, int row) => Enumerable.Range(0, plan.Count).Single(fold => plan.IsHeldOut(row, fold));

    private static void ShouldPart(FoldPlan plan, int rows, int folds)
    {
        (plan.Rows, plan.Count).ShouldBe((rows, folds));
        for (var row = 0; row < rows; row++)
        {
            plan.IsJudged(row).ShouldBeTrue();
            Enumerable.Range(0, folds).ShouldAllBe(fold => plan.IsFittedOn(row, fold) == (fold != FoldOf(plan, row)));
        }
        Enumerable.Range(0, folds).ShouldAllBe(fold => Rows(plan, fold).Any());
    }
}
