using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Tests.Datasets.Aggregates;

public sealed class EntityIndexTests
{
    [Property(MaxTest = 200)]
    public void Add_AnyIds_SameAsDictionary(NonNull<string>[] ids)
    {
        using var index = new EntityIndex();
        var numbers = new Dictionary<string, int>();
        foreach (var id in ids.Select(id => new string([.. id.Get.Where(letter => !char.IsSurrogate(letter))])))
        {
            if (!numbers.TryGetValue(id, out var number))
                numbers.Add(id, number = numbers.Count);
            index.Add(Encoding.UTF8.GetBytes(id)).ShouldBe(number);
        }
        index.Count.ShouldBe(numbers.Count);
        foreach (var (id, number) in numbers)
        {
            index.Find(Encoding.UTF8.GetBytes(id)).ShouldBe(number);
            Encoding.UTF8.GetString(index.Id(number)).ShouldBe(id);
        }
    }

    [Fact]
    public void Find_AmongManyIds_EachUnderItsNumber()
    {
        using var index = new EntityIndex();
        for (var i = 0; i < 50_000; i++)
            index.Add(Encoding.UTF8.GetBytes($"user-{i}")).ShouldBe(i);
        for (var i = 0; i < 50_000; i++)
            index.Find(Encoding.UTF8.GetBytes($"user-{i}")).ShouldBe(i);
        index.Find("user-50000"u8).ShouldBe(-1);
        index.Find(""u8).ShouldBe(-1);
    }
}
