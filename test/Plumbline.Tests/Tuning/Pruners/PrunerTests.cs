using FsCheck;
using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Pruners;

public sealed class PrunerTests
{
    [Property(MaxTest = 300)]
    public void Percentile_AnyHistory_DecidesAsTheNaiveOne(PositiveInt seed)
    {
        var random = new RandomSource((ulong)seed.Get);
        var pruner = new PercentilePruner { Percentile = random.NextInt32(101), StartupTrials = random.NextInt32(6), WarmupSteps = random.NextInt32(4), Interval = 1 + random.NextInt32(3), MinTrials = 1 + random.NextInt32(3) };
        ForEachReport(random, context => pruner.ShouldPrune(context).ShouldBe(Naive(context)));

        bool Naive(PruningContext context)
        {
            var step = context.Last.Step;
            // The first report in each interval (warmup + 1 … warmup + interval), and so on.
            var interval = (int step) => step <= pruner.WarmupSteps ? -1 : (step - pruner.WarmupSteps - 1) / pruner.Interval;
            if (interval(step) < 0 || context.Values.SkipLast(1).Any(value => interval(value.Step) == interval(step)))
                return false;
            var complete = context.Finished.Where(trial => trial.State == TrialState.Complete).ToArray();
            var losses = complete.SelectMany(trial => trial.Intermediate).Where(value => value.Step == step && !double.IsNaN(value.Value)).Select(value => context.Loss(value.Value)).Order().ToArray();
            if (complete.Length < Math.Max(pruner.StartupTrials, 1) || losses.Length < pruner.MinTrials)
                return false;
            var reached = context.Values.Select(value => context.Loss(value.Value)).Where(loss => !double.IsNaN(loss)).ToArray();
            if (reached.Length == 0)
                return true;
            var place = pruner.Percentile / 100 * (losses.Length - 1);
            var (below, above) = (losses[(int)Math.Floor(place)], losses[(int)Math.Ceiling(place)]);
            return reached.Min() > below + ((place - Math.Floor(place)) * (above - below));
        }
    }

    [Property(MaxTest = 300)]
    public void SuccessiveHalving_AnyHistory_DecidesAsTheNaiveOne(PositiveInt seed)
    {
        var random = new RandomSource((ulong)seed.Get);
        var pruner = new SuccessiveHalvingPruner { MinResource = 1 + random.NextInt32(3), ReductionFactor = 2 + random.NextInt32(3), MinEarlyStoppingRate = random.NextInt32(2) };
        ForEachReport(random, context => pruner.ShouldPrune(context).ShouldBe(Naive(pruner, context)));
    }

    [Property(MaxTest = 100)]
    public void Hyperband_AnyHistory_IsSuccessiveHalvingWithinTheBracket(PositiveInt seed)
    {
        var random = new RandomSource((ulong)seed.Get);
        var pruner = new HyperbandPruner { MaxResource = 1 + random.NextInt32(30), ReductionFactor = 2 + random.NextInt32(2) };
        ForEachReport(random, context =>
        {
            var bracket = pruner.BracketOf(context.Number);
            bracket.ShouldBeInRange(0, pruner.Brackets - 1);
            var halving = new SuccessiveHalvingPruner { ReductionFactor = pruner.ReductionFactor, MinEarlyStoppingRate = bracket };
            pruner.ShouldPrune(context).ShouldBe(Naive(halving, context with { Finished = [.. context.Finished.Where(trial => pruner.BracketOf(trial.Number) == bracket)] }));
        });
    }

    [Fact]
    public void Hyperband_ManyTrials_BracketsHaveTheirShares()
    {
        var pruner = new HyperbandPruner { MaxResource = 27, ReductionFactor = 3 };
        pruner.Brackets.ShouldBe(4);
        const int Trials = 20_000;
        var counts = new int[4];
        for (var number = 0; number < Trials; number++)
            counts[pruner.BracketOf(number)]++;
        // ⌈4·27/4⌉, ⌈4·9/3⌉, ⌈4·3/2⌉, ⌈4·1/1⌉
        double[] shares = [27, 12, 6, 4];
        for (var bracket = 0; bracket < 4; bracket++)
            ((double)counts[bracket] / Trials).ShouldBe(shares[bracket] / 49, 0.015);
    }

    [Fact]
    public void Patient_StillGettingBetter_LetsGoOn()
    {
        var pruner = new PatientPruner { Patience = 1 };
        Decide(pruner, 5, 4, 3).ShouldBeFalse();
        Decide(pruner, 5, 6).ShouldBeFalse();
        Decide(pruner, 5, 6, 7).ShouldBeTrue();
        Decide(pruner, 5, 6, 5).ShouldBeFalse();
        Decide(pruner, 5, double.NaN, double.NaN).ShouldBeTrue();
        Decide(pruner with { MinDelta = 1 }, 5, 6, 6).ShouldBeFalse();
        Decide(pruner with { Wrapped = new NoPruner() }, 5, 6, 7).ShouldBeFalse();
        pruner.ShouldPrune(Context([-5, -6, -7]) with { Direction = StudyDirection.Maximize }).ShouldBeTrue();

        static bool Decide(Pruner pruner, params double[] values) => pruner.ShouldPrune(Context(values));
    }

    [Fact]
    public void Validate_WrongOptions_AreNamed()
    {
        Message(new PercentilePruner { Percentile = 101 }).ShouldBe("percentile: 101 is not within 0 to 100.");
        Message(new SuccessiveHalvingPruner { ReductionFactor = 1 }).ShouldBe("reduction_factor: 1 is below 2.");
        Message(new HyperbandPruner { MinResource = 4, MaxResource = 3 }).ShouldBe("max_resource: 3 is below 4.");
        Message(new PatientPruner { Patience = 1, Wrapped = new PercentilePruner { Interval = 0 } }).ShouldBe("interval: 0 is below 1.");

        static string Message(Pruner pruner) => Should.Throw<ArgumentException>(pruner.Validate).Message;
    }

    [Fact]
    public void Json_EveryPruner_RoundTrips()
    {
        Pruner[] pruners = [new NoPruner(), new PercentilePruner { Percentile = 30 }, new SuccessiveHalvingPruner { MinResource = 3 }, new PatientPruner { Patience = 2, Wrapped = new HyperbandPruner { MaxResource = 81 } }];
        foreach (var pruner in pruners)
            StudyJson.ReadDefinition(StudyJson.Write(new StudyDefinition { Name = "s", Space = new([]), Pruner = pruner })).Pruner.ShouldBe(pruner);
    }

    private static bool Naive(SuccessiveHalvingPruner pruner, PruningContext context)
    {
        var rungs = Enumerable.Range(0, 10).Select(rung => pruner.MinResource * Math.Pow(pruner.ReductionFactor, pruner.MinEarlyStoppingRate + rung))
            .Where(rung => rung <= context.Last.Step && context.Values.SkipLast(1).All(value => value.Step < rung));
        return rungs.Any(rung =>
        {
            var own = context.Loss(context.Last.Value);
            var losses = context.Finished.Where(trial => trial.Intermediate.Any(value => value.Step >= rung))
                .Select(trial => context.Loss(trial.Intermediate.First(value => value.Step >= rung).Value)).Append(own).Where(loss => !double.IsNaN(loss)).Order().ToArray();
            var reached = 1 + context.Finished.Count(trial => trial.Intermediate.Any(value => value.Step >= rung));
            return double.IsNaN(own) || own > losses[Math.Max((reached / pruner.ReductionFactor) - 1, 0)];
        });
    }

    /// <summary>Calls <paramref name="check"/> for each report of a trial, after others of every state.</summary>
    private static void ForEachReport(RandomSource random, Action<PruningContext> check)
    {
        var finished = new List<Trial>();
        for (var trials = random.NextInt32(25); finished.Count < trials;)
            finished.Add(new Trial(finished.Count, (TrialState)(2 + random.NextInt32(3)), TrialParameters.Empty, [], Reports(random)));
        var values = Reports(random);
        var direction = (StudyDirection)random.NextInt32(2);
        for (var count = 1; count <= values.Length; count++)
            check(new PruningContext(finished.Count, values[..count], finished, direction));
    }

    private static IntermediateValue[] Reports(RandomSource random)
    {
        var step = 0;
        return [.. Enumerable.Range(0, random.NextInt32(8)).Select(_ => new IntermediateValue(
            step += 1 + random.NextInt32(random.NextInt32(3) + 1), random.NextInt32(15) == 0 ? double.NaN : random.NextInt32(20)))];
    }

    private static PruningContext Context(double[] values) =>
        new(0, [.. values.Select((value, i) => new IntermediateValue(i + 1, value))], [], StudyDirection.Minimize);
}
