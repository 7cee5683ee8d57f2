using System.Runtime.InteropServices;
using Plumbline.Learning.LightGbm;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Learning.LightGbm;

public sealed class LightGbmLibraryTests
{
    [Fact]
    public void Problem_NoLibrary_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var broken = Path.Combine(folder.Path, "lib_broken.so");
        File.WriteAllText(broken, "no library");
        foreach (var library in (string[])[broken, Path.Combine(folder.Path, "lib_missing.so")])
        {
            var reason = LightGbmLibrary.Problem(library).ShouldNotBeNull();
            reason.ShouldStartWith("LightGBM's ");
            reason.ShouldNotContain("\n");
        }
    }

    [Theory]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file or directory", Architecture.X64, "apt-get install libgomp1")]
    [InlineData("Unable to load shared library 'lib_lightgbm'", Architecture.Arm64, "only for x64")]
    [InlineData("wrong ELF class", Architecture.X64, "cannot be loaded: wrong ELF class. Publish")]
    [InlineData("Unable to load: \n/a/lib.so: wrong ELF class\n/b/lib.so: No such file or directory\n", Architecture.X64, "LightGBM's library cannot be loaded: /a/lib.so: wrong ELF class. Publish")]
    [InlineData("Unable to load: \n/a/lib.so: No such file or directory\n/b/lib.so: No such file or directory\n", Architecture.X64, "LightGBM's library is not there. Publish")]
    public void Explain_Reason_SaysHowToMendIt(string message, Architecture architecture, string expected) =>
        LightGbmLibrary.Explain(message, "linux-test", architecture).ShouldContain(expected);

    [Fact]
    public void Create_ParameterRefused_SaysWhatWasAskedAndWhy()
    {
        if (LightGbmLibrary.Unavailable is { } reason)
            Assert.Skip(reason);
        using var threads = LightGbmThreads.Enter(1);
        using var dataset = LightGbmDataset.Create([0, 2], [0, 1], [1, 2], 2, 2, "verbosity=-1 num_threads=1");
        dataset.Push([0, 1, 2], [0, 0], [1, 2], 1, 0);
        dataset.SetLabels([0, 1]);
        var error = Should.Throw<LightGbmException>(() => LightGbmBooster.Create(dataset, "verbosity=-1 num_threads=1 num_leaves=1"));
        error.Message.ShouldContain("num_leaves=1");
        error.Message.ShouldContain("(num_leaves) > (1)");
    }

    [Fact]
    public void Enter_BesideAnother_TakesItsNumber()
    {
        // Other tests may fit at the same time: then theirs decides.
        using var first = LightGbmThreads.Enter(2);
        using var second = LightGbmThreads.Enter(first.Count + 1);
        second.Count.ShouldBe(first.Count);
    }
}
