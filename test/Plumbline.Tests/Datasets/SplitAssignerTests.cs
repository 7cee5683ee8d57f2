using Plumbline.Datasets;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets;

public sealed class SplitAssignerTests
{
    [Fact]
    public void Finish_Stratified_SharesWithinFiveSigmaInEveryClass()
    {
        const int Rows = 60_000, Classes = 3;
        var (keys, labels) = Draw(Rows, Classes, 1);
        var splits = Assign(SplitBy.Stratified, keys, labels);
        for (var label = 0; label < Classes; label++)
        {
            var members = Enumerable.Range(0, Rows).Where(i => labels[i] == label).ToArray();
            foreach (var (split, share) in new[] { (Split.Test, .15), (Split.Valid, .15), (Split.Train, .70) })
            {
                var sigma = Math.Sqrt(members.Length * share * (1 - share));
                Math.Abs(members.Count(i => splits[i] == split) - (members.Length * share)).ShouldBeLessThan(5 * sigma);
            }
        }
    }

    [Fact]
    public void Finish_MoreRecords_MovesNone()
    {
        var (keys, labels) = Draw(2_000, 4, 2);
        var few = Assign(SplitBy.Stratified, keys[..1_000], labels[..1_000]);
        var many = Assign(SplitBy.Stratified, keys, labels);
        many.Take(1_000).ShouldBe(few);
    }

    [Fact]
    public void Finish_EqualKeysOfDifferentLabels_StandOnOneSide()
    {
        var (keys, labels) = Draw(500, 50, 3);
        keys = [.. keys, .. keys];
        labels = [.. labels, .. labels.Select(label => (label + 1) % 50)];
        var splits = Assign(SplitBy.Stratified, keys, labels);
        for (var i = 0; i < 500; i++)
            splits[i].ShouldBe(splits[i + 500]);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public void Finish_ManyTinyClasses_EachIsInTrain(ulong seed)
    {
        var random = new RandomSource(seed);
        var labels = Enumerable.Range(0, 300).Select(i => i / 2).ToArray();
        var keys = labels.Select(_ => random.NextUInt64()).ToArray();
        var splits = Assign(SplitBy.Stratified, keys, labels);
        foreach (var label in labels.Distinct())
            Enumerable.Range(0, labels.Length).ShouldContain(i => labels[i] == label && splits[i] == Split.Train);
    }

    [Fact]
    public void Finish_ColumnWithoutValid_CarvesItFromTrainAlone()
    {
        var (keys, labels) = Draw(10_000, 2, 4);
        var given = Enumerable.Range(0, keys.Length).Select(i => i % 4 == 0 ? Split.Test : Split.Train).ToArray();
        var splits = Assign(SplitBy.Column, keys, labels, given);
        splits.Count(split => split == Split.Test).ShouldBe(2_500);
        splits.Count(split => split == Split.Valid).ShouldBeInRange(650, 850);
        Enumerable.Range(0, keys.Length).Where(i => given[i] == Split.Test).ShouldAllBe(i => splits[i] == Split.Test);
    }

    [Fact]
    public void Finish_ColumnWithAll_IsKept()
    {
        var (keys, labels) = Draw(300, 2, 5);
        var given = Enumerable.Range(0, 300).Select(i => (Split)(i % 3)).ToArray();
        Assign(SplitBy.Column, keys, labels, given).ShouldBe(given);
    }

    [Fact]
    public void Finish_ByTime_OldestTrainNewestTest()
    {
        var (keys, labels) = Draw(1_000, 2, 6);
        var times = keys.Select(key => (long)(key % 50)).ToArray();
        var splits = Assign(SplitBy.Time, keys, labels, times: times);
        long Last(Split split) => Enumerable.Range(0, 1_000).Where(i => splits[i] == split).Max(i => times[i]);
        long First(Split split) => Enumerable.Range(0, 1_000).Where(i => splits[i] == split).Min(i => times[i]);
        Last(Split.Train).ShouldBeLessThan(First(Split.Valid));
        Last(Split.Valid).ShouldBeLessThan(First(Split.Test));
        splits.Count(split => split == Split.Train).ShouldBeInRange(700, 750);
    }

    [Fact]
    public void Finish_NothingLeftForTest_SaysSo() =>
        Should.Throw<DatasetException>(() => Assign(SplitBy.Time, [1, 2, 3], [0, 1, 0], times: [5, 5, 5])).Message.ShouldContain("--split-by");

    [Fact]
    public void Moved_AfterFinish_NamesExactlyTheChanged()
    {
        var (keys, labels) = Draw(400, 200, 7);
        var assigner = new SplitAssigner(SplitBy.Stratified, new SplitOptions());
        var first = keys.Select((key, i) => assigner.Add(key, labels[i], default, default)).ToArray();
        var splits = assigner.Finish(200);
        assigner.Moved.Order().ShouldBe(Enumerable.Range(0, 400).Where(i => splits[i] != first[i]));
        assigner.Moved.ShouldNotBeEmpty();
    }

    private static (ulong[] Keys, int[] Labels) Draw(int rows, int classes, ulong seed)
    {
        var random = new RandomSource(seed);
        var keys = new ulong[rows];
        var labels = new int[rows];
        for (var i = 0; i < rows; i++)
            (keys[i], labels[i]) = (random.NextUInt64(), random.NextInt32(classes));
        return (keys, labels);
    }

    private static IReadOnlyList<Split> Assign(SplitBy by, ulong[] keys, int[] labels, Split[]? given = null, long[]? times = null)
    {
        var assigner = new SplitAssigner(by, new SplitOptions());
        for (var i = 0; i < keys.Length; i++)
            assigner.Add(keys[i], labels[i], given?[i] ?? default, times?[i] ?? long.MinValue);
        return assigner.Finish(labels.Max() + 1);
    }
}
