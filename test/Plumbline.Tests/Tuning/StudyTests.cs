using System.Collections.Concurrent;
using Plumbline.Tests.Storage;
using Plumbline.Tuning;
using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning;

public sealed class StudyTests
{
    private static readonly SearchSpace Plane = new([new FloatParameter("x", -5, 5), new IntParameter("n", 1, 50)]);
    private static readonly SearchSpace Small = new([new IntParameter("n", 0, 3), new CategoricalParameter("k", ["a", "b"])]);

    private readonly MemoryStudyStorage _storage = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Run_AnyNumberOfThreads_SameTrials(int window)
    {
        var definition = Definition(Plane) with { Window = window, Pruner = new PercentilePruner { StartupTrials = 3 } };
        var one = await TrialsOf(definition, threads: 1);
        one.Count.ShouldBe(40);
        one.Count(trial => trial.Contains("\"pruned\"", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
        (await TrialsOf(definition, threads: 2)).ShouldBe(one);
        (await TrialsOf(definition, threads: 8)).ShouldBe(one);
        (await TrialsOf(definition with { Seed = 5 }, threads: 1)).ShouldNotBe(one);
    }

    [Fact]
    public async Task Run_MoreTrialsBegunThanThreads_TheirTimesAreThoseOfRunning()
    {
        var time = new ManualTime();
        var study = await Study.OpenAsync(_storage, Definition(Plane) with { Window = 4 }, 1, time);
        await study.RunAsync(
            (trial, cancellation) =>
            {
                time.UnixMilliseconds += 1000;
                return Bowl(trial, cancellation);
            },
            new StudyBudget(Trials: 12),
            threads: 1);
        (await _storage.LoadTrialsAsync(0)).Where(trial => trial.CopyOf is null).Select(trial => trial.Ended - trial.Started).ShouldAllBe(ran => ran == TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Run_BrokenOffAndResumed_SameTrials()
    {
        var definition = Definition(Plane) with { Window = 3 };
        var whole = await TrialsOf(definition, threads: 2);
        for (var lease = 1; ; lease++)
        {
            var study = await Study.OpenAsync(_storage, definition, lease, TimeProvider.System);
            using var cancellation = new CancellationTokenSource();
            var calls = 0;
            var end = await study.RunAsync(
                async (trial, token) =>
                {
                    if (Interlocked.Increment(ref calls) == 7)
                        await cancellation.CancelAsync();
                    token.ThrowIfCancellationRequested();
                    return await Bowl(trial, token);
                },
                new StudyBudget(Trials: 40),
                threads: 2,
                cancellation: cancellation.Token);
            if (end == StudyEnd.TrialsSpent)
                break;
            end.ShouldBe(StudyEnd.Cancelled);
        }
        Essence(await _storage.LoadTrialsAsync(0)).ShouldBe(whole);
    }

    [Fact]
    public async Task Run_WorkerLost_ItsTrialsRunAgainAndItsResultsAreRefused()
    {
        var definition = Definition(Plane) with { Window = 2 };
        var whole = await TrialsOf(definition, threads: 2);
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var lost = (await Study.OpenAsync(_storage, definition, 1, TimeProvider.System)).RunAsync(
            async (trial, token) =>
            {
                if (trial.Number == 5)
                {
                    started.SetResult();
                    await release.Task;
                }
                return await Bowl(trial, token);
            },
            new StudyBudget(Trials: 40));
        await started.Task;
        var other = await Study.OpenAsync(_storage, definition, 2, TimeProvider.System);
        (await Should.ThrowAsync<TuningException>(() => other.RunAsync(Bowl, new StudyBudget(Trials: 40)))).Message.ShouldContain("of study 's' is run by another worker");
        _storage.EndLease(1);
        other = await Study.OpenAsync(_storage, definition, 2, TimeProvider.System);
        (await other.RunAsync(Bowl, new StudyBudget(Trials: 40))).ShouldBe(StudyEnd.TrialsSpent);
        release.SetResult();
        await Should.ThrowAsync<LeaseLostException>(() => lost);
        Essence(await _storage.LoadTrialsAsync(0)).ShouldBe(whole);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_ATrialThatEndsEveryWorker_FailsInTheEndAndTheStudyGoesOn(bool shared)
    {
        var definition = Definition(Plane) with { Window = 1 };
        var (never, runs) = (new TaskCompletionSource<IReadOnlyList<double>>(), 0);
        var dead = new List<Task>();
        for (var lease = 1; ; lease++)
        {
            var study = await Study.OpenAsync(_storage, definition, lease, TimeProvider.System);
            var dies = new TaskCompletionSource();
            Objective objective = (trial, token) =>
            {
                if (trial.Number != 3)
                    return Bowl(trial, token);
                Interlocked.Increment(ref runs);
                dies.TrySetResult();
                return never.Task;
            };
            var worker = shared ? study.RunSharedAsync(objective, new StudyBudget(Trials: 6), 1) : study.RunAsync(objective, new StudyBudget(Trials: 6), 1);
            if (await Task.WhenAny(worker, dies.Task) == worker)
            {
                (await worker).ShouldBe(StudyEnd.TrialsSpent);
                break;
            }
            dead.Add(worker);
            _storage.EndLease(lease);
        }
        runs.ShouldBe(10);
        var trials = await _storage.LoadTrialsAsync(0);
        trials.Count(trial => trial.State == TrialState.Complete).ShouldBe(5);
        trials[3].State.ShouldBe(TrialState.Failed);
        trials[3].Reason.ShouldBe("10 times its worker was gone before it ended: perhaps it took more memory than there is.");
        never.SetResult([0]);
        foreach (var worker in dead)
            await Should.ThrowAsync<LeaseLostException>(() => worker);
    }

    [Fact]
    public async Task Run_TrialsThatFail_AreNotedAndTheStudyGoesOn()
    {
        var study = await Study.OpenAsync(_storage, Definition(Plane), 1, TimeProvider.System);
        var end = await study.RunAsync(
            (trial, token) => trial.Number switch
            {
                3 => throw new InsufficientMemoryException("none left"),
                4 => Task.FromResult<IReadOnlyList<double>>([double.NaN]),
                5 => Task.FromResult<IReadOnlyList<double>>([1, 2]),
                _ => Bowl(trial, token),
            },
            new StudyBudget(Trials: 20));
        end.ShouldBe(StudyEnd.TrialsSpent);
        study.Trials.Count(trial => trial.State == TrialState.Failed).ShouldBe(3);
        study.Trials[3].Reason.ShouldBe("InsufficientMemoryException: none left");
        study.Trials[4].Reason.ShouldBe("Its value of objective 1 is not a number.");
        study.Trials[5].Reason.ShouldBe("It gave 2 values for 1 objectives.");
        study.Best!.Values[0].ShouldBe(study.Trials.Where(trial => trial.State == TrialState.Complete).Min(trial => trial.Values[0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_RepeatedParameters_AreAnsweredFromMemoryWhereDeterministic(bool isDeterministic)
    {
        var evaluated = new ConcurrentBag<string>();
        var study = await Study.OpenAsync(_storage, Definition(Small) with { IsDeterministic = isDeterministic, Window = 1 }, 1, TimeProvider.System);
        var end = await study.RunAsync(
            (trial, _) =>
            {
                evaluated.Add(trial.Parameters.Hash);
                return Task.FromResult<IReadOnlyList<double>>([trial.Parameters["n"].AsDouble()]);
            },
            new StudyBudget(Trials: 30));
        if (!isDeterministic)
        {
            (end, study.Trials.Count, evaluated.Count).ShouldBe((StudyEnd.TrialsSpent, 30, 30));
            return;
        }
        // The space has eight points, so that thirty trials cannot be run.
        end.ShouldBe(StudyEnd.SpaceExhausted);
        evaluated.ShouldBeUnique();
        foreach (var copy in study.Trials.Where(trial => trial.CopyOf is not null))
        {
            var first = study.Trials[copy.CopyOf!.Value];
            first.CopyOf.ShouldBeNull();
            (first.Parameters, first.State).ShouldBe((copy.Parameters, copy.State));
            first.Values.ShouldBe(copy.Values);
        }
    }

    [Fact]
    public async Task Run_Budgets_EndTheStudyAndSayWhich()
    {
        var time = new SteppedTime();
        var study = await Study.OpenAsync(_storage, Definition(Plane) with { Window = 1 }, 1, time);
        Objective minute = (trial, token) =>
        {
            time.Elapsed += TimeSpan.FromMinutes(1);
            return Bowl(trial, token);
        };
        (await study.RunAsync(minute, new StudyBudget(Time: TimeSpan.FromMinutes(4.5)), threads: 1)).ShouldBe(StudyEnd.TimeSpent);
        study.Trials.Count.ShouldBe(5);
        (await study.RunAsync(minute, new StudyBudget(Trials: 8))).ShouldBe(StudyEnd.TrialsSpent);
        study.Trials.Count.ShouldBe(8);
        (await study.RunAsync((_, _) => Task.FromResult<IReadOnlyList<double>>([1e9]), new StudyBudget(WithoutImprovement: 12))).ShouldBe(StudyEnd.NoImprovement);
        study.Trials.Count.ShouldBe(study.Best!.Number + 13);
        Should.Throw<ArgumentException>(() => new StudyBudget(Trials: 0).Validate()).Message.ShouldBe("trials: 0 is below 1.");
    }

    [Fact]
    public async Task Enqueue_WholeOrInPart_RunsFirst()
    {
        var study = await Study.OpenAsync(_storage, Definition(Plane), 1, TimeProvider.System);
        await study.EnqueueAsync(new([new("x", 1.5), new("n", 7)]));
        await study.EnqueueAsync(new([new("n", 9)]));
        (await Should.ThrowAsync<ArgumentException>(() => study.EnqueueAsync(new([new("n", 51)])))).Message.ShouldStartWith("n: '51'");
        await study.RunAsync(Bowl, new StudyBudget(Trials: 5));
        study.Trials[0].Parameters.ShouldBe(new([new("x", 1.5), new("n", 7)]));
        study.Trials[1].Parameters["n"].ShouldBe(9);
        study.Trials.ShouldAllBe(trial => trial.State == TrialState.Complete);
    }

    [Fact]
    public async Task Run_SeveralObjectives_FrontHasWhatNoneDominates()
    {
        var definition = Definition(Plane) with { Directions = [StudyDirection.Minimize, StudyDirection.Maximize] };
        var study = await Study.OpenAsync(_storage, definition, 1, TimeProvider.System);
        await study.RunAsync(
            (trial, _) => Task.FromResult<IReadOnlyList<double>>([Math.Pow(trial.Parameters["x"].AsDouble(), 2), -Math.Pow(trial.Parameters["x"].AsDouble() - 2, 2)]), new StudyBudget(Trials: 40));
        var expected = study.Trials.Where(trial => !study.Trials.Any(other => other.Values[0] < trial.Values[0] && other.Values[1] > trial.Values[1])).Select(trial => trial.Number);
        study.ParetoFront.Select(trial => trial.Number).Order().ShouldBe(expected);
        Should.Throw<ArgumentException>(() => (definition with { Pruner = new PercentilePruner() }).Validate()).Message.ShouldStartWith("pruner: with 2 objectives");
    }

    [Fact]
    public async Task Run_RepeatedParameters_CountNotAsTrialsAndAreTold()
    {
        var told = new ConcurrentQueue<Trial>();
        var study = await Study.OpenAsync(_storage, Definition(Small) with { Window = 1, Sampler = new RandomSampler() }, 1, TimeProvider.System);
        (await study.RunAsync(
            (trial, _) => Task.FromResult<IReadOnlyList<double>>([trial.Parameters["n"].AsDouble()]), new StudyBudget(Trials: 8), threads: 1, new Told(told))).ShouldBe(StudyEnd.TrialsSpent);
        study.Trials.Count(trial => trial.CopyOf is null).ShouldBe(8);
        told.Count(trial => trial.State == TrialState.Complete).ShouldBe(study.Trials.Count);
    }

    [Fact]
    public async Task RunShared_TwoWorkers_ShareTheTrials()
    {
        var definition = Definition(Plane);
        var first = await Study.OpenAsync(_storage, definition, 1, TimeProvider.System);
        var second = await Study.OpenAsync(_storage, definition, 2, TimeProvider.System);
        await first.EnqueueAsync(new([new("n", 3)]));
        var ran = new ConcurrentBag<int>();
        Objective noted = async (trial, token) =>
        {
            ran.Add(trial.Number);
            await Task.Yield();
            return await Bowl(trial, token);
        };
        var ends = await Task.WhenAll(first.RunSharedAsync(noted, new StudyBudget(Trials: 40), 2), second.RunSharedAsync(noted, new StudyBudget(Trials: 40), 2));
        ends.ShouldBe([StudyEnd.TrialsSpent, StudyEnd.TrialsSpent]);
        var trials = await _storage.LoadTrialsAsync(0);
        trials.Count.ShouldBe(40);
        trials.ShouldAllBe(trial => trial.State == TrialState.Complete || trial.State == TrialState.Pruned);
        ran.ShouldBeUnique();
    }

    [Fact]
    public async Task RunShared_AWorkerDiedAmidATrial_AnotherWaitsAndRunsItAgain()
    {
        var definition = Definition(Plane);
        var dead = await Study.OpenAsync(_storage, definition, 1, TimeProvider.System);
        var living = await Study.OpenAsync(_storage, definition, 2, TimeProvider.System);
        var begun = new TaskCompletionSource<int>();
        var never = new TaskCompletionSource<IReadOnlyList<double>>();
        var lost = dead.RunSharedAsync(
            (trial, _) =>
            {
                begun.SetResult(trial.Number);
                return never.Task;
            },
            new StudyBudget(Trials: 12), 1);
        var number = await begun.Task;
        var others = living.RunSharedAsync(
            (trial, token) =>
            {
                if (trial.Number == 5)
                    _storage.EndLease(1);
                return Bowl(trial, token);
            },
            new StudyBudget(Trials: 12), 2);
        (await others).ShouldBe(StudyEnd.TrialsSpent);
        never.SetResult([0]);
        await Should.ThrowAsync<LeaseLostException>(() => lost);
        var trials = await _storage.LoadTrialsAsync(0);
        trials.Count.ShouldBe(12);
        trials.ShouldAllBe(trial => trial.State == TrialState.Complete);
        trials[number].Values[0].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task EnqueueFirst_SeveralWorkers_OnceEach()
    {
        TrialParameters[] first = [new([new("n", 3)]), new([new("n", 4)])];
        var studies = new[] { await Study.OpenAsync(_storage, Definition(Plane), 1, TimeProvider.System), await Study.OpenAsync(_storage, Definition(Plane), 2, TimeProvider.System) };
        foreach (var study in studies)
            await study.EnqueueFirstAsync(first);
        (await _storage.LoadTrialsAsync(0)).Select(trial => trial.Parameters).ShouldBe(first);
        studies[1].Trials.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Open_SameNameOtherDefinition_IsRefused()
    {
        await Study.OpenAsync(_storage, Definition(Plane), 1, TimeProvider.System);
        (await Should.ThrowAsync<TuningException>(() => Study.OpenAsync(_storage, Definition(Small), 1, TimeProvider.System))).Message.ShouldContain("'s' exists already");
    }

    private static StudyDefinition Definition(SearchSpace space) => new() { Name = "s", Space = space, Directions = [StudyDirection.Minimize] };

    private static async Task<List<string>> TrialsOf(StudyDefinition definition, int threads)
    {
        var study = await Study.OpenAsync(new MemoryStudyStorage(), definition, 1, TimeProvider.System);
        (await study.RunAsync(Bowl, new StudyBudget(Trials: 40), threads)).ShouldBe(StudyEnd.TrialsSpent);
        return Essence(study.Trials);
    }

    /// <summary>Trials without their times and how often they were lost.</summary>
    private static List<string> Essence(IEnumerable<Trial> trials) => [.. trials.Select(trial => StudyJson.Write(trial with { Started = null, Ended = null, Lost = null }))];

    /// <summary>Three reports, then the value; gives way in between, so that trials overlap.</summary>
    private static async Task<IReadOnlyList<double>> Bowl(RunningTrial trial, CancellationToken cancellation)
    {
        var value = Math.Pow(trial.Parameters["x"].AsDouble() - 1, 2) + (Math.Pow(trial.Parameters["n"].AsDouble() - 20, 2) / 100);
        for (var step = 1; step <= 3; step++)
        {
            await Task.Yield();
            cancellation.ThrowIfCancellationRequested();
            if (await trial.ReportAsync(step, value + (3 - step)))
                return [];
        }
        return [value];
    }

    private sealed class Told(ConcurrentQueue<Trial> trials) : IProgress<Trial>
    {
        public void Report(Trial value) => trials.Enqueue(value);
    }

    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
