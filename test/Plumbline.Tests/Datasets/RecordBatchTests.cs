using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class RecordBatchTests
{
    [Fact]
    public void Take_SomeRecords_AreAsTheyWere()
    {
        var builder = new BatchBuilder(8, 1, 2);
        for (var record = 0; record < 5; record++)
        {
            builder.Add(Encoding.UTF8.GetBytes(new string('x', record)), record, 100 + record)[0] = record / 2f;
            builder.AddCategory(Encoding.UTF8.GetBytes($"a{record}"));
            builder.AddCategory(default);
        }
        var batch = builder.Build();
        var taken = batch.Take([1, 4]);
        taken.Count.ShouldBe(2);
        foreach (var (at, record) in new[] { (0, 1), (1, 4) })
        {
            taken.Text(at).SequenceEqual(batch.Text(record)).ShouldBeTrue();
            (taken.Label(at), taken.Row(at), taken.Inputs(at)[0]).ShouldBe((record, 100L + record, record / 2f));
            Encoding.UTF8.GetString(taken.Category(at, 0)).ShouldBe($"a{record}");
            taken.Category(at, 1).IsEmpty.ShouldBeTrue();
        }
    }
}
