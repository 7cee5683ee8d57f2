using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning;

/// <summary>The store of studies over a metadata store of any kind.</summary>
public abstract class StudyStoreContract : BackendTests
{
    private static readonly StudyDefinition Definition = new()
    {
        Name = "experiment/abc/logistic",
        Space = new SearchSpace([new FloatParameter("x", -1, 1), new CategoricalParameter("kind", ["a", "b"])]),
        Sampler = new TpeSampler { StartupTrials = 3 },
    };

    private readonly ManualTime _time = new();

    private IStudyStorage Studies => new StudyStore(Store, _time);

    [Fact]
    public async Task RunAsync_BrokenOffAndResumedByOthers_SameTrialsAsInOneGo()
    {
        var whole = await Study.OpenAsync(new MemoryStudyStorage(), Definition, 1, _time, Token);
        await whole.RunAsync(ValueAsync, new StudyBudget(Trials: 12), cancellation: Token);
        for (var trials = 3; trials <= 12; trials += 3)
        {
            var lease = await LeaseAsync($"part {trials}");
            using var stop = new CancellationTokenSource();
            var study = await Study.OpenAsync(Studies, Definition, lease, _time, Token);
            var evaluated = 0;
            await study.RunAsync(
                (trial, cancellation) =>
                {
                    // The last of each part is given back.
                    if (++evaluated > 3 && trials < 12)
                        stop.Cancel();
                    cancellation.ThrowIfCancellationRequested();
                    return ValueAsync(trial, cancellation);
                },
                new StudyBudget(Trials: 12), threads: 1, cancellation: stop.Token);
        }
        var stored = (await new StudyStore(Store, _time).ListAsync(Definition.Name, Token)).Single();
        stored.Trials.Select(trial => (trial.Number, trial.State, trial.Parameters, trial.Values[0])).ShouldBe(whole.Trials.Select(trial => (trial.Number, trial.State, trial.Parameters, trial.Values[0])));
        stored.Best!.Number.ShouldBe(whole.Best!.Number);
    }

    [Fact]
    public async Task ReportAsync_LeaseIsOver_RefusedAndTheTrialRunsAgain()
    {
        var (first, second) = (await LeaseAsync("one"), 0L);
        var id = await Studies.OpenStudyAsync(Definition, Token);
        var parameters = new TrialParameters([new("x", 0.5), new("kind", "a")]);
        (await Studies.TryCreateTrialAsync(id, new Trial(0, TrialState.Running, parameters, [], [], Started: _time.GetUtcNow()), first, Token)).ShouldBeTrue();
        await Studies.ReportAsync(id, 0, new IntermediateValue(1, 0.25), first, Token);
        second = await LeaseAsync("two");
        (await Studies.TryClaimTrialAsync(id, 0, parameters, _time.GetUtcNow(), second, Token)).ShouldBeFalse("its lease runs");
        _time.UnixMilliseconds += 61_000;
        second = await LeaseAsync("three");
        await Should.ThrowAsync<LeaseLostException>(() => Studies.ReportAsync(id, 0, new IntermediateValue(2, 0.5), first, Token));
        (await Studies.TryClaimTrialAsync(id, 0, parameters, _time.GetUtcNow(), second, Token)).ShouldBeTrue();
        var trial = (await Studies.LoadTrialsAsync(id, Token)).ShouldHaveSingleItem();
        trial.State.ShouldBe(TrialState.Running);
        trial.Intermediate.ShouldBeEmpty();
        await Should.ThrowAsync<LeaseLostException>(() => Studies.EndTrialAsync(id, trial with { State = TrialState.Complete, Values = [1] }, first, Token));
        await Studies.EndTrialAsync(id, trial with { State = TrialState.Complete, Values = [2] }, second, Token);
        (await Studies.LoadTrialsAsync(id, Token))[0].Values.ShouldBe([2]);
        (await Studies.TryClaimTrialAsync(id, 0, parameters, _time.GetUtcNow(), second, Token)).ShouldBeFalse("it is finished");
    }

    [Fact]
    public async Task TryCreateTrialAsync_ManyOfOneNumber_OneIsMade()
    {
        var lease = await LeaseAsync("one");
        var id = await Studies.OpenStudyAsync(Definition, Token);
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Studies.TryCreateTrialAsync(
            id, new Trial(0, TrialState.Running, new TrialParameters([new("x", i / 10.0), new("kind", "b")]), [], []), lease, Token)));
        made.Count(isMade => isMade).ShouldBe(1);
        (await Studies.LoadTrialsAsync(id, Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task OpenStudyAsync_OtherDefinition_Refused()
    {
        var id = await Studies.OpenStudyAsync(Definition, Token);
        (await Studies.OpenStudyAsync(Definition, Token)).ShouldBe(id);
        (await Should.ThrowAsync<TuningException>(() => Studies.OpenStudyAsync(Definition with { Seed = 7 }, Token))).Message.ShouldContain(Definition.Name);
    }

    private async Task<long> LeaseAsync(string name) => (await new LeaseStore(Store, _time).TryAcquireAsync(name, "test", TimeSpan.FromMinutes(1), Token))!.Token;

    private static async Task<IReadOnlyList<double>> ValueAsync(RunningTrial trial, CancellationToken cancellation)
    {
        var x = trial.Parameters["x"].AsDouble();
        await trial.ReportAsync(1, -x * x);
        return [-(x * x) - (trial.Parameters["kind"].AsString() == "a" ? 0 : 0.1)];
    }
}
