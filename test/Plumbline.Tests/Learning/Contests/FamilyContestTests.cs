using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Learning.Contests;

public sealed class FamilyContestTests : IDisposable
{
    private const int Classes = 3;

    private static readonly TrainingOptions Options = GeneratedReviews.Options with
    {
        Features = GeneratedReviews.Features with { MaxFeatures = 300 },
        Contest = new ContestOptions { Trials = 12, Sampler = SamplerKind.Random, Pruner = PrunerKind.None },
    };

    private readonly FittedFeatures _features;
    private readonly FeatureMatrix _train;
    private readonly FeatureMatrix _valid;
    private readonly SharedFits _shared;
    private readonly ContestField _field;
    private readonly ContestStudies _studies = ContestStudies.InMemory(TimeProvider.System);

    public FamilyContestTests()
    {
        var data = GeneratedReviews.Data(Classes, 300);
        (_features, _train) = FittedFeatures.Learn(() => data.Read(Split.Train), Classes, data.IsOrdered, Options.Features, 1, MatrixMemory.Default, Token);
        _valid = _features.Transform(data.Read(Split.Valid), Classes, Token);
        _shared = new SharedFits(_train, _features.NgramCount);
        _field = new ContestField(FoldSet.Holdout(_train, _valid, _features.NgramCount), new CostMeter([], Classes, Options.Contest!.Objectives, TimeProvider.System));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _shared.Dispose();
        _valid.Dispose();
        _train.Dispose();
        _features.Dispose();
    }

    [Fact]
    public async Task RunAsync_TrialsThatThrowOrHaveNoMemory_FailWithTheReasonAndTheRestGoesOn()
    {
        var contest = Contest(c => c > 10 ? new byte[int.MaxValue].Length : c < 0.3 ? throw new InvalidDataException("no such C") : 0);
        var best = (await RunAsync(contest)).ShouldNotBeNull();
        var trials = await TrialsAsync();
        trials.Count.ShouldBe(12);
        var failed = trials.Where(trial => trial.State == TrialState.Failed).ToArray();
        failed.Where(trial => C(trial) > 10).ShouldNotBeEmpty();
        failed.Where(trial => C(trial) < 0.3).ShouldNotBeEmpty();
        failed.ShouldAllBe(trial => C(trial) > 10 ? trial.Reason!.StartsWith("OutOfMemoryException: ") : trial.Reason == "InvalidDataException: no such C");
        (contest.Standing.Trials, contest.Standing.Failed).ShouldBe((12, failed.Length));
        contest.Standing.Best.ShouldBe(best.Result);
        contest.Standing.BestValue.ShouldBe(best.Result.MacroF1);
    }

    [Fact]
    public async Task RunAsync_NoTrialCanBeFitted_HasNoBest()
    {
        var contest = Contest(_ => throw new InvalidDataException("never"));
        (await RunAsync(contest)).ShouldBeNull();
        (contest.Standing.Failed, contest.Standing.Best, contest.Standing.BestValue).ShouldBe((12, null, null));
    }

    [Fact]
    public async Task RunAsync_GoesOnElsewhere_TellsTheStudysBestFromTheStart()
    {
        var first = (await RunAsync(Contest(_ => 0))).ShouldNotBeNull();
        var told = new List<FamilyStanding>();
        var again = await RunAsync(Contest(_ => 0), told.Add);
        told.ShouldNotBeEmpty();
        told.ShouldAllBe(standing => standing.Trials == 12 && standing.BestValue == first.Result.MacroF1);
        again!.Result.ShouldBe(first.Result);
    }

    [Fact]
    public async Task RunAsync_BestCannotBeFittedAgain_DoesNotCompeteAndSaysWhy()
    {
        await RunAsync(Contest(_ => 0));
        var contest = Contest(_ => new byte[int.MaxValue].Length);
        (await RunAsync(contest)).ShouldBeNull();
        contest.Standing.Skipped.ShouldNotBeNull().ShouldMatch("^trial [0-9]+, its best, could not be fitted again: OutOfMemoryException: ");
        contest.Standing.Best.ShouldBeNull();
    }

    private static double C(Trial trial) => trial.Parameters["c"].AsDouble();

    private static Task<Contestant?> RunAsync(FamilyContest contest, Action<FamilyStanding>? told = null) => contest.RunAsync(new SearchTurn(null, 1, told ?? (_ => { }), default), Token);

    private async Task<IReadOnlyList<Trial>> TrialsAsync() => await _studies.Storage.LoadTrialsAsync(0, Token);

    private FamilyContest Contest(Func<double, int> before) =>
        new(new Fragile(before), _field, [_shared], new MemoryGate(long.MaxValue), Options, _studies);

    /// <summary>Logistic regression after something that may go wrong, by C.</summary>
    private sealed class Fragile(Func<double, int> before) : IModelFamily
    {
        private readonly LogisticFamily _family = new();

        public string Name => _family.Name;

        public int Complexity => _family.Complexity;

        public TrialParameters Default => _family.Default;

        public long Memory(TrainingShape shape) => _family.Memory(shape);

        public SearchSpace Space(TrainingShape shape) => _family.Space(shape);

        public IFittedModel? Fit(FitRequest request) => before(request.Parameters["c"].AsDouble()) == 0 ? _family.Fit(request) : null;
    }
}
