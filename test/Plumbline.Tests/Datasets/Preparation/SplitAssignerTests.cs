using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Preparation;

public sealed class SplitAssignerTests
{
    [Fact]
    public void Assign_Stratified_SharesWithinFiveSigmaInEveryClass()
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
    public void Assign_MoreRecords_MovesNone()
    {
        var (keys, labels) = Draw(2_000, 4, 2);
        var few = Assign(SplitBy.Stratified, keys[..1_000], labels[..1_000]);
        var many = Assign(SplitBy.Stratified, keys, labels);
        many.Take(1_000).ShouldBe(few);
    }

    [Fact]
    public void Assign_EqualKeysOfDifferentLabels_StandOnOneSide()
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
    public void Assign_ManyTinyClasses_EachIsInTrain(ulong seed)
    {
        var random = new RandomSource(seed);
        var labels = Enumerable.Range(0, 300).Select(i => i / 2).ToArray();
        var keys = labels.Select(_ => random.NextUInt64()).ToArray();
        var splits = Assign(SplitBy.Stratified, keys, labels);
        foreach (var label in labels.Distinct())
            Enumerable.Range(0, labels.Length).ShouldContain(i => labels[i] == label && splits[i] == Split.Train);
    }

    [Fact]
    public void Assign_ColumnWithoutValid_CarvesItFromTrainAlone()
    {
        var (keys, labels) = Draw(10_000, 2, 4);
        var given = Enumerable.Range(0, keys.Length).Select(i => i % 4 == 0 ? Split.Test : Split.Train).ToArray();
        var splits = Assign(SplitBy.Column, keys, labels, given);
        splits.Count(split => split == Split.Test).ShouldBe(2_500);
        splits.Count(split => split == Split.Valid).ShouldBeInRange(650, 850);
        Enumerable.Range(0, keys.Length).Where(i => given[i] == Split.Test).ShouldAllBe(i => splits[i] == Split.Test);
    }

    [Fact]
    public void Assign_ColumnWithAll_IsKept()
    {
        var (keys, labels) = Draw(300, 2, 5);
        var given = Enumerable.Range(0, 300).Select(i => (Split)(i % 3)).ToArray();
        Assign(SplitBy.Column, keys, labels, given).ShouldBe(given);
    }

    [Fact]
    public void Assign_ByTime_OldestTrainNewestTest()
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
    public void Assign_NothingLeftForTest_SaysSo() =>
        Should.Throw<DatasetException>(() => Assign(SplitBy.Time, [1, 2, 3], [0, 1, 0], times: [5, 5, 5])).Message.ShouldContain("--split-by");

    [Fact]
    public void Assign_ByTimeWithDates_CutsThereWhateverIsAdded()
    {
        var options = new SplitOptions { ValidFrom = DateTimeOffset.UnixEpoch.AddSeconds(5), TestFrom = DateTimeOffset.UnixEpoch.AddSeconds(8) };
        var times = Enumerable.Range(0, 10).Select(second => second * 1_000_000L).ToArray();
        foreach (var rows in new[] { 9, 10 })
        {
            var splits = Assign(SplitBy.Time, new ulong[rows], new int[rows], times: times[..rows], options: options);
            splits.ShouldBe(Enumerable.Range(0, rows).Select(i => i < 5 ? Split.Train : i < 8 ? Split.Valid : Split.Test));
        }
    }

    [Fact]
    public void Assign_RecordsLeftOut_DoNotCountForShares()
    {
        var times = Enumerable.Range(0, 200).Select(i => (long)i).ToArray();
        var fates = Enumerable.Range(0, 200).Select(i => i < 100 ? RowFate.Duplicate : RowFate.Kept).ToArray();
        var splits = Assign(SplitBy.Time, new ulong[200], new int[200], times: times, fates: fates);
        Enumerable.Range(0, 200).Count(i => fates[i] == RowFate.Kept && splits[i] == Split.Train).ShouldBe(70);
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

    private static Split[] Assign(
        SplitBy by, ulong[] keys, int[] labels, Split[]? given = null, long[]? times = null, RowFate[]? fates = null, SplitOptions? options = null)
    {
        var splits = given?.ToArray() ?? new Split[keys.Length];
        new SplitAssigner(by, options ?? new SplitOptions(), labels.Max() + 1).Assign(keys, labels, times, fates ?? new RowFate[keys.Length], splits);
        return splits;
    }
}
