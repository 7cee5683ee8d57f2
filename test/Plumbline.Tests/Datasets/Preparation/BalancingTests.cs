using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Tests.Datasets.Preparation;

public sealed class BalancingTests
{
    private const int Classes = 4;

    [Fact]
    public void Apply_Cap_CutsTrainAloneToIt()
    {
        var rows = new Rows(4_000, 1);
        rows.Apply(new BalanceOptions { Cap = 300 });
        for (var label = 0; label < Classes; label++)
            rows.Kept(label, Split.Train).ShouldBe(Math.Min(300, rows.All(label, Split.Train)));
        Enumerable.Range(0, rows.Count).Where(i => rows.Splits[i] != Split.Train).ShouldAllBe(i => rows.Fates[i] == RowFate.Kept);
        rows.Copies.Count.ShouldBe(0);
    }

    [Fact]
    public void Apply_Undersample_SizeOfTheSmallest()
    {
        var rows = new Rows(4_000, 2);
        rows.Apply(new BalanceOptions { Method = BalanceMethod.Undersample });
        var smallest = Enumerable.Range(0, Classes).Min(label => rows.All(label, Split.Train));
        for (var label = 0; label < Classes; label++)
            rows.Kept(label, Split.Train).ShouldBe(smallest);
    }

    [Fact]
    public void Apply_Oversample_SizeOfTheLargestAndEveryRecordAtLeastOnce()
    {
        var rows = new Rows(4_000, 3);
        rows.Apply(new BalanceOptions { Method = BalanceMethod.Oversample });
        var largest = Enumerable.Range(0, Classes).Max(label => rows.All(label, Split.Train));
        for (var label = 0; label < Classes; label++)
        {
            var copies = Enumerable.Range(0, rows.Count).Where(i => rows.Labels[i] == label && rows.Splits[i] == Split.Train).Select(i => rows.Copies[i]).ToArray();
            copies.Sum().ShouldBe(largest);
            (copies.Max() - copies.Min()).ShouldBeInRange(0, 1);
        }
        Enumerable.Range(0, rows.Count).Where(i => rows.Splits[i] != Split.Train).Select(i => rows.Copies[i]).ShouldAllBe(copies => copies == 1);
    }

    [Property(MaxTest = 50)]
    public Property Apply_OtherOrder_KeepsTheSameRecords() => Prop.ForAll(Gen.Choose(1, 200).Zip(Gen.Choose(1, 60)).ToArbitrary(), pair =>
    {
        var rows = new Rows(pair.Item1, (ulong)pair.Item1);
        var mirrored = rows.Mirror();
        var options = new BalanceOptions { Cap = pair.Item2 };
        rows.Apply(options);
        mirrored.Apply(options);
        return rows.Fates.SequenceEqual(mirrored.Fates.Reverse());
    });

    [Fact]
    public void Apply_MoreRecords_KeepsMostOfTheSample()
    {
        var many = new Rows(4_400, 4);
        var few = many.First(4_000);
        var options = new BalanceOptions { Cap = 300 };
        many.Apply(options);
        few.Apply(options);
        var stayed = Enumerable.Range(0, 4_000).Count(i => few.Fates[i] == RowFate.Kept && many.Fates[i] == RowFate.Kept);
        stayed.ShouldBeGreaterThan((int)(0.85 * few.Fates.Count(fate => fate == RowFate.Kept)));
    }

    [Fact]
    public void Apply_EqualKeys_StillCutsToTheCap()
    {
        var rows = new Rows(100, 5);
        Array.Fill(rows.Keys, 7UL);
        rows.Apply(new BalanceOptions { Cap = 3 });
        for (var label = 0; label < Classes; label++)
            rows.Kept(label, Split.Train).ShouldBe(Math.Min(3, rows.All(label, Split.Train)));
    }

    private sealed record Rows(int[] Labels, ulong[] Keys, Split[] Splits, RowFate[] Fates)
    {
        public Rows(int count, ulong seed)
            : this(new int[count], new ulong[count], new Split[count], new RowFate[count])
        {
            var random = new RandomSource(seed);
            for (var i = 0; i < count; i++)
                (Labels[i], Keys[i], Splits[i]) = (Math.Min(random.NextInt32(Classes), random.NextInt32(Classes)), random.NextUInt64(), (Split)Math.Max(0, random.NextInt32(5) - 2));
        }

        public NativeList<int> Copies { get; } = new();

        public int Count => Labels.Length;

        public void Apply(BalanceOptions options) => Balancing.Apply(options, Labels, Classes, Keys, Splits, Fates, Copies);

        public Rows Mirror() => new([.. Labels.Reverse()], [.. Keys.Reverse()], [.. Splits.Reverse()], new RowFate[Count]);

        public Rows First(int count) => new(Labels[..count], Keys[..count], Splits[..count], new RowFate[count]);

        public int All(int label, Split split) => Enumerable.Range(0, Count).Count(i => Labels[i] == label && Splits[i] == split);

        public int Kept(int label, Split split) => Enumerable.Range(0, Count).Count(i => Labels[i] == label && Splits[i] == split && Fates[i] == RowFate.Kept);
    }
}
