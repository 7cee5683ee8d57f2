using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

public sealed class RandomSourceTests
{
    [Fact]
    public void NextUInt64_SameSeed_SameNumbers()
    {
        var a = new RandomSource(7);
        var b = new RandomSource(7);
        for (var i = 0; i < 100; i++)
            a.NextUInt64().ShouldBe(b.NextUInt64());
    }

    [Fact]
    public void NextInt32_ManyDraws_UniformWithinFiveSigma()
    {
        const int Draws = 70_000, Faces = 7;
        var random = new RandomSource(1);
        var counts = new int[Faces];
        for (var i = 0; i < Draws; i++)
            counts[random.NextInt32(Faces)]++;
        var sigma = Math.Sqrt(Draws * (1.0 / Faces) * (1 - (1.0 / Faces)));
        counts.ShouldAllBe(count => Math.Abs(count - (Draws / Faces)) < 5 * sigma);
    }

    [Fact]
    public void Fork_DifferentStreams_DifferentNumbers() =>
        RandomSource.Fork(1, 0).NextUInt64().ShouldNotBe(RandomSource.Fork(1, 1).NextUInt64());
}
