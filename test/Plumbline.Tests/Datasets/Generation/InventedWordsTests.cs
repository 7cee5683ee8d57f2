using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets.Generation;
using Plumbline.Statistics;

namespace Plumbline.Tests.Datasets.Generation;

public sealed class InventedWordsTests
{
    [Fact]
    public void Write_FirstRanks_AreAllDifferent() =>
        Enumerable.Range(0, 500_000).Select(rank => Word(rank)).Distinct().Count().ShouldBe(500_000);

    [Property]
    public bool Write_AnyRank_FitsAndIsLowerCaseLetters(ulong rank) =>
        Word((long)(rank % (1UL << 40))) is { Length: >= 4 and <= InventedWords.MaxLength } word && word.All(char.IsAsciiLetterLower);

    [Fact]
    public void Identifier_Numbers_AreAllDifferent() =>
        Enumerable.Range(0, 100_000).Select(number => Identifier.Format((byte)'A', number)).Distinct().Count().ShouldBe(100_000);

    [Fact]
    public void ZipfMandelbrot_Draws_FollowTheLaw()
    {
        const int Draws = 400_000;
        var law = new ZipfMandelbrot(1.3, 50, 1L << 40);
        var random = new RandomSource(3);
        var counts = new double[2000];
        for (var i = 0; i < Draws; i++)
        {
            if (law.Next(random) is var rank && rank < counts.Length)
                counts[rank]++;
        }
        // The continuous density integrated over a rank is that at its middle to within a thousandth.
        var head = counts[..50].Sum();
        var expected = Enumerable.Range(0, 2000).Select(rank => Math.Pow(rank + 50.5, -1.3)).ToArray();
        (counts[500..2000].Sum() / head).ShouldBe(expected[500..2000].Sum() / expected[..50].Sum(), 0.05);
    }

    private static string Word(long rank)
    {
        Span<byte> bytes = stackalloc byte[InventedWords.MaxLength];
        return Encoding.ASCII.GetString(bytes[..InventedWords.Write(bytes, rank)]);
    }
}
