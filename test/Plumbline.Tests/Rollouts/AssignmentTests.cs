using System.Text;
using FsCheck.Xunit;
using Plumbline.Rollouts;

namespace Plumbline.Tests.Rollouts;

public sealed class AssignmentTests
{
    // Made by another implementation.
    [Theory]
    [InlineData("", "", 0xA258D6EC1FB5D95C)]
    [InlineData("reviews-4", "user-1", 0xD29754C334CF9736)]
    [InlineData("reviews-4", "user-2", 0xBDB1C6734CD70374)]
    [InlineData("reviews-5", "user-1", 0x180D51506F30B486)]
    [InlineData("reviews-4", "Zoë", 0x96FE752600C251DF)]
    public void Hash_SpecifiedVectors_IsTheirs(string salt, string unit, ulong hash) => new Assignment(salt, []).Hash(Encoding.UTF8.GetBytes(unit)).ShouldBe(hash);

    [Property]
    public void Choose_WeightOfACandidateRaised_TakesNoUnitFromIt(byte first, byte second, byte more, int unit)
    {
        double[] before = [first / 1024.0, second / 1024.0];
        var bytes = BitConverter.GetBytes(unit);
        var chosen = new Assignment("s", before).Choose(bytes);
        for (var candidate = 0; candidate < before.Length; candidate++)
        {
            double[] after = [.. before];
            after[candidate] += more / 1024.0;
            if (chosen == candidate)
                new Assignment("s", after).Choose(bytes).ShouldBe(candidate);
        }
    }

    [Fact]
    public void Choose_ManyUnits_GivesEachItsShare()
    {
        var assignment = new Assignment("test", [0.1, 0.25]);
        var counts = Count(100_000, assignment);
        // Five standard deviations.
        counts[0].ShouldBeInRange(10_000 - 475, 10_000 + 475);
        counts[1].ShouldBeInRange(25_000 - 685, 25_000 + 685);
        counts[2].ShouldBeInRange(65_000 - 755, 65_000 + 755);
    }

    [Fact]
    public void Choose_OtherSalt_IsIndependent()
    {
        var (one, other) = (new Assignment("canary", [0.5]), new Assignment("test", [0.5]));
        var both = Enumerable.Range(0, 100_000).Count(unit => one.Choose(BitConverter.GetBytes(unit)) == 0 && other.Choose(BitConverter.GetBytes(unit)) == 0);
        both.ShouldBeInRange(25_000 - 685, 25_000 + 685);
    }

    [Fact]
    public void Group_OfUnitsOfOneArm_IsUniform()
    {
        var (assignment, groups) = (new Assignment("test", [0.1]), new int[Assignment.Groups]);
        for (var unit = 0; unit < 128_000; unit++)
        {
            var hash = assignment.Hash(BitConverter.GetBytes(unit));
            if (assignment.Choose(hash) == 0)
                groups[Assignment.Group(hash)]++;
        }
        groups.ShouldAllBe(count => count >= 50 && count <= 150);
    }

    [Theory]
    [InlineData(new double[] { 0 }, false)]
    [InlineData(new double[] { 1 }, true)]
    [InlineData(new[] { 0.1, 0.2, 0.7 }, true)]
    public void Choose_OutermostHashes_AreSomebodys(double[] weights, bool isFull)
    {
        var assignment = new Assignment("s", weights);
        assignment.Choose(0).ShouldBe(isFull ? 0 : Assignment.Stable);
        assignment.Choose(ulong.MaxValue).ShouldBe(isFull ? weights.Length - 1 : Assignment.Stable);
    }

    [Fact]
    public void Choose_Warm_AllocatesNothing()
    {
        var assignment = new Assignment("s", [0.3, 0.3]);
        var unit = Encoding.UTF8.GetBytes("somebody with a rather long identifier, longer than one block of the hash");
        assignment.Choose(unit);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            assignment.Choose(unit);
        GC.GetAllocatedBytesForCurrentThread().ShouldBe(before);
    }

    [Fact]
    public void Constructor_WeightsThatCannotBe_AreRefused()
    {
        Should.Throw<ArgumentException>(() => new Assignment("s", [-0.1])).Message.ShouldStartWith("weights[0] is -0.1");
        Should.Throw<ArgumentException>(() => new Assignment("s", [0.6, 0.5])).Message.ShouldStartWith("weights[1] is 0.5");
        Should.Throw<ArgumentException>(() => new Assignment("s", [double.NaN])).Message.ShouldStartWith("weights[0] is NaN");
    }

    private static int[] Count(int units, Assignment assignment)
    {
        var counts = new int[3];
        for (var unit = 0; unit < units; unit++)
            counts[assignment.Choose(BitConverter.GetBytes(unit)) is var candidate && candidate == Assignment.Stable ? 2 : candidate]++;
        return counts;
    }
}
