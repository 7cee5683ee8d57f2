using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed unsafe class VocabularyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    [InlineData(65_536)]
    public void Find_KnownAndUnknown_SameAsDictionary(int count)
    {
        var random = new RandomSource((ulong)count + 1);
        var hashes = Enumerable.Range(0, count).Select(_ => random.NextUInt64()).ToArray();
        var indices = hashes.Select((hash, index) => (hash, index)).ToDictionary(pair => pair.hash, pair => pair.index);
        fixed (ulong* slots = Vocabulary.Build(hashes))
        {
            var vocabulary = new Vocabulary(slots, Vocabulary.Build(hashes).Length);
            foreach (var (hash, index) in indices)
                vocabulary.Find(hash).ShouldBe(index);
            for (var i = 0; i < 10_000; i++)
                vocabulary.Find(random.NextUInt64()).ShouldBe(-1);
        }
    }

    [Fact]
    public void Find_SameHomeAtTheEnd_ProbesAcrossIt()
    {
        // Homes are the top bits, tags the low half: the first three start in the last slot.
        ulong[] hashes = [ulong.MaxValue << 32, (ulong.MaxValue << 32) | 1, (ulong.MaxValue << 32) | 2, 0, 5];
        var built = Vocabulary.Build(hashes);
        fixed (ulong* slots = built)
        {
            var vocabulary = new Vocabulary(slots, built.Length);
            hashes.Select(vocabulary.Find).ShouldBe([0, 1, 2, 3, 4]);
            vocabulary.Find((ulong.MaxValue << 32) | 3).ShouldBe(-1);
        }
    }

    [Fact]
    public void Build_SameHashTwice_FirstCounts()
    {
        var built = Vocabulary.Build([7, 7]);
        fixed (ulong* slots = built)
            new Vocabulary(slots, built.Length).Find(7).ShouldBe(0);
    }
}
