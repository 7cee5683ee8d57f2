using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Pipelines;

namespace Plumbline.Tests.Learning.Contests;

public sealed class ContestOptionsTests
{
    private static readonly ContestOptions Three = new() { Objectives = [ContestObjective.Size, ContestObjective.Latency] };

    public static TheoryData<ContestOptions, string> Wrong { get; } = new()
    {
        { new() { GridPoints = 0, Sampler = SamplerKind.Grid }, "grid_points: 0 is below 1." },
        { new() { GridPoints = 4 }, "grid_points is for the sampler grid" },
        { new() { Percentile = 101, Pruner = PrunerKind.Percentile }, "percentile: 101 is not within" },
        { new() { Percentile = 25 }, "percentile is for the pruner percentile" },
        { new() { Sampler = SamplerKind.Grid, WarmStart = true }, "warm_start: a grid" },
        { Three with { Sampler = SamplerKind.CmaEs }, "sampler: cma_es has one objective" },
        { Three with { Pruner = PrunerKind.Median }, "pruner: with several objectives" },
        { new() { MaxSizeMb = 3 }, "max_size_mb: size is not among the objectives" },
        { Three with { MaxLatencyUs = 0 }, "max_latency_us: 0 is not above 0." },
        { new() { MemoryMb = 0 }, "memory_mb: 0 is below 1." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_OutOfRangeOrIgnored_SaysWhich(ContestOptions options, string message) =>
        Should.Throw<ArgumentException>(options.Validate).Message.ShouldStartWith(message);

    [Fact]
    public void Objectives_AnyOrder_MacroF1FirstWithWhatSuitsSeveral()
    {
        Three.Objectives.ShouldBe([ContestObjective.MacroF1, ContestObjective.Latency, ContestObjective.Size]);
        Three.EffectiveSampler.ShouldBe(SamplerKind.Nsga2);
        Three.EffectivePruner.ShouldBe(PrunerKind.None);
        Three.NotReproducible.ShouldNotBeNull().ShouldContain("latency is measured");
        new ContestOptions { Objectives = [ContestObjective.Size] }.NotReproducible.ShouldBeNull();
        new ContestOptions { Objectives = [] }.Objectives.ShouldBe([ContestObjective.MacroF1]);
    }

    [Fact]
    public void Name_WhatDecidesATrial_IsOfItAndNothingElse()
    {
        var plain = Name(new());
        ContestOptions[] same =
        [
            new() { Trials = 5, Ensemble = false, StandardErrors = 0, MemoryMb = 100 }, new() { Sampler = SamplerKind.Tpe, Pruner = PrunerKind.Median }, new() { Objectives = [ContestObjective.MacroF1] },
        ];
        same.ShouldAllBe(options => Name(options) == plain);
        var limited = Three with { MaxSizeMb = 3, MaxLatencyUs = 100 };
        Name(limited).ShouldBe(Name(Three));
        ContestOptions[] others =
        [
            new(), new() { Shared = true }, Three, new() { Objectives = [ContestObjective.Size] }, new() { Sampler = SamplerKind.Grid }, new() { Sampler = SamplerKind.Grid, GridPoints = 4 },
            new() { Pruner = PrunerKind.Percentile }, new() { Pruner = PrunerKind.Percentile, Percentile = 40 }, new() { WarmStart = true },
        ];
        others.Select(Name).ShouldBeUnique();
    }

    private static string Name(ContestOptions options) => new ContestRequest("e", "s", "v", TrainingOptions.Default with { Contest = options }).Name;
}
