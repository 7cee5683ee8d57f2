using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class FrequentValuesTests
{
    [Fact]
    public void Largest_FewDifferentValues_AreCountedExactly()
    {
        var random = new RandomSource(11);
        var stream = Enumerable.Range(0, 30_000).Select(_ => Name((int)(random.NextDouble() * random.NextDouble() * FrequentValues.MostExact))).ToArray();
        var found = Count(stream);
        found.IsExact.ShouldBeTrue();
        found.Counters.ShouldBe(stream.Distinct().Count());
        found.Largest(100).ShouldBe(stream.CountBy(value => value).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(100).Select(pair => (pair.Key, (long)pair.Value)));
    }

    [Fact]
    public void Largest_ManyDifferentValues_HasTheFrequentOnesWithinTheUndercount()
    {
        var random = new RandomSource(5);
        // The frequent ones begin late, after all counters are taken.
        var stream = Enumerable.Range(0, 200_000).Select(i => i > 50_000 && random.NextInt32(4) == 0 ? Name(-1 - random.NextInt32(10)) : Name(i)).ToArray();
        var exact = stream.CountBy(value => value).ToDictionary(pair => pair.Key, pair => (long)pair.Value);
        var found = Count(stream);
        found.IsExact.ShouldBeFalse();
        found.Undercount.ShouldBeLessThan(2 * stream.Length / FrequentValues.MostExact);
        var largest = found.Largest(100);
        largest.Select(value => value.Value).ShouldBe(Enumerable.Range(1, 10).Select(i => Name(-i)), ignoreOrder: true);
        largest.ShouldAllBe(value => value.Count >= exact[value.Value] && value.Count - found.Undercount <= exact[value.Value]);
    }

    [Fact]
    public void Largest_OnlyDifferentValues_AreNone() => Count(Enumerable.Range(0, 20_000).Select(Name)).Largest(100).ShouldBeEmpty();

    [Fact]
    public void Largest_LongValue_IsCutBetweenCharacters() =>
        Count([new string('ж', 50), "x"]).Largest(2).Select(value => value.Value).ShouldBe(["x", new string('ж', 31) + "…"]);

    private static string Name(int number) => "value " + number.ToString(CultureInfo.InvariantCulture);

    private static FrequentValues Count(IEnumerable<string> stream)
    {
        var values = new FrequentValues();
        foreach (var value in stream)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            values.Add(XxHash3.HashToUInt64(bytes), bytes);
        }
        return values;
    }
}
