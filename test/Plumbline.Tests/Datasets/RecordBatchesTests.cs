using Plumbline.Datasets;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets;

public sealed class RecordBatchesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void MapInOrder_WorkOfUnequalLength_ResultsInTheOrderOfTheBatches(int threads)
    {
        var random = new RandomSource(7);
        var work = Enumerable.Range(0, 200).Select(_ => random.NextInt32(20_000)).ToArray();
        RecordBatches.MapInOrder(Numbered(200), threads, batch =>
        {
            Thread.SpinWait(work[batch.Row(0)]);
            return batch.Row(0);
        }).ShouldBe(Enumerable.Range(0, 200).Select(row => (long)row));
    }

    [Fact]
    public void MapInOrder_SlowConsumer_HoldsFewBatches()
    {
        var mapped = 0;
        var consumed = 0;
        foreach (var _ in RecordBatches.MapInOrder(Numbered(100), 2, batch => Interlocked.Increment(ref mapped)))
            (Volatile.Read(ref mapped) - ++consumed).ShouldBeLessThanOrEqualTo(4);
        consumed.ShouldBe(100);
    }

    [Fact]
    public void MapInOrder_MapThrows_ThrowsThat() =>
        Should.Throw<DatasetException>(() => RecordBatches.MapInOrder(Numbered(50), 2, batch => batch.Row(0) == 20 ? throw new DatasetException("row 20") : 1).Sum())
            .Message.ShouldBe("row 20");

    [Fact]
    public void MapInOrder_SourceThrows_ThrowsThat() =>
        Should.Throw<DatasetException>(() => RecordBatches.MapInOrder(Numbered(50).Concat(Failing()), 2, batch => batch.Count).Sum())
            .Message.ShouldBe("the file ended");

    [Fact]
    public void MapInOrder_Cancelled_Throws()
    {
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => RecordBatches.MapInOrder(
            Numbered(int.MaxValue), 2, batch =>
            {
                if (batch.Row(0) == 30)
                    stop.Cancel();
                return batch.Count;
            }, stop.Token).Sum(count => (long)count));
    }

    [Fact]
    public void MapInOrder_ConsumerLeavesEarly_StopsReading()
    {
        var read = 0;
        RecordBatches.MapInOrder(Numbered(int.MaxValue).Select(batch => (read++, batch).batch), 2, batch => batch.Row(0)).Take(10).Count().ShouldBe(10);
        var atTheEnd = read;
        atTheEnd.ShouldBeLessThan(20);
        read.ShouldBe(atTheEnd);
    }

    private static IEnumerable<RecordBatch> Numbered(int count) =>
        Enumerable.Range(0, count).Select(row => new RecordBatch([], [0], [0], [row], [], 0));

    private static IEnumerable<RecordBatch> Failing()
    {
        yield return new RecordBatch([], [0], [0], [50], [], 0);
        throw new DatasetException("the file ended");
    }
}
