using System.Globalization;
using System.Text;
using FsCheck.Xunit;
using Plumbline.Inference.Routing;

namespace Plumbline.Tests.Inference.Routing;

public sealed class TrafficRouterTests
{
    private static readonly string[] Digests = [.. Enumerable.Range(0, 4).Select(i => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)i])))];

    [Fact]
    public void Choose_KnownUnits_AsSpecified()
    {
        // Other implementations, and servers of other versions, must agree: docs/specs/serving.md.
        var router = Router("november", 0.5, 0.3, 0.2);
        string.Concat(Enumerable.Range(0, 40).Select(unit => Choose(router, unit))).ShouldBe("1111020201010120101001021010012001210000");
    }

    [Theory]
    [InlineData(0.9, 0.1)]
    [InlineData(0.99, 0.01)]
    [InlineData(0.5, 0.3, 0.2)]
    [InlineData(0.0, 0.25, 0.75)]
    public void Choose_ManyUnits_SharesAsPlanned(params double[] shares)
    {
        const int Units = 200_000;
        var router = Router("", shares);
        var counts = new int[shares.Length];
        for (var unit = 0; unit < Units; unit++)
            counts[Choose(router, unit)]++;
        for (var i = 0; i < shares.Length; i++)
            ((double)counts[i] / Units).ShouldBe(shares[i], 4.5 * Math.Sqrt(shares[i] * (1 - shares[i]) / Units) + 1e-12);
    }

    [Property(MaxTest = 100)]
    public void Choose_ACandidateGrows_KeepsItsUnitsAndTakesFromOthersAlone(byte first, byte second, byte growth, ushort seed)
    {
        var (one, two) = (first / 1024.0, second / 1024.0);
        var grown = one + (growth / 1024.0);
        var (before, after) = (Router("s", 1 - one - two, one, two), Router("s", 1 - grown - two, grown, two));
        for (var unit = seed; unit < seed + 200; unit++)
        {
            var (was, now) = (Choose(before, unit), Choose(after, unit));
            if (was != now)
                (was != 1 && (now == 1 || was == 0)).ShouldBeTrue($"unit {unit} went from {was} to {now}");
        }
    }

    [Fact]
    public void Choose_OtherSalt_AssignsAnew()
    {
        var (one, other) = (Router("a", 0.5, 0.5), Router("b", 0.5, 0.5));
        Enumerable.Range(0, 10_000).Count(unit => Choose(one, unit) == Choose(other, unit)).ShouldBeInRange(4_700, 5_300);
    }

    // Made by another implementation.
    [Theory]
    [InlineData("", "", 0xA258D6EC1FB5D95C)]
    [InlineData("reviews-4", "user-1", 0xD29754C334CF9736)]
    [InlineData("reviews-4", "user-2", 0xBDB1C6734CD70374)]
    [InlineData("reviews-5", "user-1", 0x180D51506F30B486)]
    [InlineData("reviews-4", "Zoë", 0x96FE752600C251DF)]
    public void Hash_SpecifiedVectors_IsTheirs(string salt, string unit, ulong hash) => Router(salt, 1).Hash(Encoding.UTF8.GetBytes(unit)).ShouldBe(hash);

    [Fact]
    public void GroupOf_UnitsOfOneVersion_Uniform()
    {
        var (router, groups) = (Router("test", 0.9, 0.1), new int[TrafficRouter.Groups]);
        for (var unit = 0; unit < 128_000; unit++)
        {
            var hash = router.Hash(BitConverter.GetBytes(unit));
            if (router.Choose(hash) == 1)
                groups[TrafficRouter.GroupOf(hash)]++;
        }
        groups.ShouldAllBe(count => count >= 50 && count <= 150);
    }

    [Fact]
    public void Choose_UsualUnit_AllocatesNothing()
    {
        var router = Router("november", 0.9, 0.1);
        byte[] unit = [.. "0198c1de-6b7a-7000-8000-1f0c4d2b9a31"u8];
        router.Choose(router.Hash(unit));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            router.Choose(router.Hash(unit));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static TrafficRouter Router(string salt, params double[] shares) => new(salt, [.. shares.Select((share, i) => (Digests[i], share))]);

    private static int Choose(TrafficRouter router, int unit) => router.Choose(router.Hash(Encoding.UTF8.GetBytes(unit.ToString(CultureInfo.InvariantCulture))));
}
