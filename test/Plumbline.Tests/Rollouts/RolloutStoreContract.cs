using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;
using Plumbline.Storage;
using Plumbline.Tests.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Rollouts;

/// <summary>Rollouts over a metadata store of any kind.</summary>
public abstract partial class RolloutStoreContract : BackendTests
{
    private readonly ManualTime _time = new();

    private ModelRegistry Registry => new(Store, _ => true, _time);

    private RolloutStore Rollouts => new(Store, _time);

    private TrafficPlans Plans => new(Store, _time);

    [Fact]
    public async Task Analyse_ByTheStepsOfACanary_PlansFollowAndTheAliasMovesAtTheEnd()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary, "ann", "new data", Token);
        (await SharesAsync()).ShouldBe([0.1]);
        await ReportAsync("a", 1000, 3);
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.Advance);
        (await SharesAsync()).ShouldBe([0.5]);
        await ReportAsync("a", 1000, 3);
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.Promote);
        (await SharesAsync()).ShouldBeEmpty();
        Registry.Resolve("reviews@champion").Version.ShouldBe(2);
        var ended = await Rollouts.GetAsync("up", Token);
        (ended.State.Phase, ended.State.Winner, ended.Words).ShouldBe((RolloutPhase.Promoted, "reviews/2", "promoted reviews/2"));
        (await new EventLog(Store).VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
        (await Rollouts.FindRunningAsync("reviews", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Analyse_SeveralAtOnce_OneStepOnly()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary, "ann", "", Token);
        await ReportAsync("a", 1000, 3);
        RolloutStore[] stores = [Rollouts, new(OpenAnother(), _time), new(OpenAnother(), _time)];
        await Task.WhenAll(stores.Select(store => Task.Run(() => store.AnalyseAsync("up", Token))));
        var rollout = await Rollouts.GetAsync("up", Token);
        (rollout.State.Step, rollout.State.Phase).ShouldBe((1, RolloutPhase.Running));
        (await new EventLog(Store).ListAsync("up", cancellation: Token)).Count(e => e.Action == "rollout.advance").ShouldBe(1);
        // Counted in the step during which they began, once, whoever looked.
        rollout.State.Totals.Where(totals => totals.Version == "reviews/2").Sum(totals => totals.Sums.Requests).ShouldBe(1000);
    }

    [Fact]
    public async Task Abort_WhileOthersAnalyse_IsDone()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary, "ann", "", Token);
        var later = new ManualTime();
        var store = new RolloutStore(OpenAnother(), later);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var analysing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    later.UnixMilliseconds++;
                    await store.AnalyseAsync("up", CancellationToken.None);
                }
            },
            Token);
        (await Rollouts.AbortAsync("up", "ann", "complaints", cancellation: Token)).State.Phase.ShouldBe(RolloutPhase.RolledBack);
        await stop.CancelAsync();
        await analysing;
        (await Rollouts.GetAsync("up", Token)).State.Journal[^1].Reasons.ShouldBe(["aborted: complaints"]);
    }

    [Fact]
    public async Task Define_ByATemplate_NamesTheVersionsAndTheRollout()
    {
        await RegisterAsync();
        await Registry.SetAliasAsync("reviews", "challenger", 2, "ann", "", Token);
        var template = new RolloutTemplate(RolloutKind.Canary) { Unit = RolloutUnit.Item, Gates = Canary.Gates, Steps = Canary.Steps, Replay = TimeSpan.FromHours(1) };
        var definition = await Rollouts.DefineAsync(template, "reviews", null, [new("challenger")], Token);
        (definition.Name, definition.Stable, definition.Candidates.Single().Version, definition.Unit, definition.Replay).ShouldBe(("reviews-2", "reviews/1", "reviews/2", RolloutUnit.Item, TimeSpan.FromHours(1)));
        await Rollouts.StartAsync(definition, "ann", "", Token);
        await Rollouts.AbortAsync("reviews-2", "ann", "", cancellation: Token);
        (await Rollouts.DefineAsync(template, "reviews", null, [new("reviews/2")], Token)).Name.ShouldBe("reviews-2-2");
        var test = new RolloutTemplate(RolloutKind.Ab) { Test = new AbTest(RolloutMetric.Accuracy, 0.05, 1000) };
        (await Rollouts.DefineAsync(test, "reviews", "ab", [new("2")], Token)).Candidates.ShouldBe([new CandidateShare("reviews/2", 0.5)]);
        (await Should.ThrowAsync<MetadataException>(() => Rollouts.DefineAsync(template, "reviews", null, [new("tickets/2")], Token))).Error.ShouldBe(MetadataError.Invalid);
        (await Should.ThrowAsync<MetadataException>(() => Rollouts.DefineAsync(template, "reviews", null, [new("9")], Token))).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Report_SentAgain_CountedOnce()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary with { Gates = [new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.02, LeastSamples = 5000 }] }, "ann", "", Token);
        var measurements = Measured("a", 400, 1);
        await Rollouts.ReportAsync("up", measurements, Token);
        await Rollouts.ReportAsync("up", measurements, Token);
        await Rollouts.AnalyseAsync("up", Token);
        await Rollouts.ReportAsync("up", measurements, Token);
        await Rollouts.AnalyseAsync("up", Token);
        (await Rollouts.GetAsync("up", Token)).State.Totals.Single(totals => totals.Version == "reviews/2").Sums.Requests.ShouldBe(400);
    }

    [Fact]
    public async Task Analyse_FailingGate_RolledBackWithItsNumbers()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary, "ann", "", Token);
        await ReportAsync("a", 1000, 200);
        var decision = await Rollouts.AnalyseAsync("up", Token);
        decision.Action.ShouldBe(RolloutAction.RollBack);
        decision.Reasons.ShouldContain(reason => reason.Contains("1,000", StringComparison.Ordinal));
        (await SharesAsync()).ShouldBeEmpty();
        Registry.Resolve("reviews@champion").Version.ShouldBe(1);
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.Hold);
        (await Rollouts.AbortAsync("up", "ann", "late", cancellation: Token)).State.Phase.ShouldBe(RolloutPhase.RolledBack);
    }

    [Fact]
    public async Task CountFeedback_JoinedAndCorrected_EachChangeOnceInTheConfusion()
    {
        await RegisterAsync();
        var feedback = new FeedbackStore(Store, _time);
        await Rollouts.StartAsync(Canary with { Gates = [new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.02, LeastSamples = 5000 }] }, "ann", "", Token);
        _time.UnixMilliseconds += 1000;
        await JoinAsync(0, "good");
        await JoinAsync(1, "good");
        await JoinAsync(2, "good", early: true);
        await CountAsync();
        (await ConfusionAsync()).ShouldBe([new LabelPair("good", "bad", 2)], "what was predicted before the rollout is none of its");
        await JoinAsync(0, "bad");
        await CountAsync();
        await CountAsync();
        (await ConfusionAsync()).ShouldBe([new LabelPair("bad", "bad", 1), new LabelPair("good", "bad", 1)]);
        var sums = await SumsAsync();
        (sums.FeedbackGroups.Sum(group => group.Count), sums.FeedbackGroups.Sum(group => group.Sum)).ShouldBe((2, 1));

        async Task JoinAsync(int i, string label, bool early = false)
        {
            _time.UnixMilliseconds += 10;
            var id = LoggedEntries.Id(1_700_000_000_000 + (early ? -1 : 1000), i);
            await feedback.AddAsync([new FeedbackItem(id, label)], Token);
            var prediction = LoggedEntries.Expected(i, 0, text: false) with { Id = id, Version = "reviews/2", Label = "bad", Labels = ["bad", "good"], Route = 77 };
            await feedback.SettleAsync([new JoinedFeedback(new WaitingFeedback(id, label, 0, 0), prediction, null)], TimeSpan.Zero, Token);
        }

        async Task CountAsync()
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Rollouts.CountFeedbackAsync("up", Token)));
            await Rollouts.AnalyseAsync("up", Token);
        }

        async Task<VersionSums> SumsAsync() => (await Rollouts.GetAsync("up", Token)).State.Totals.Single(totals => totals.Version == "reviews/2").Sums;

        async Task<IReadOnlyList<LabelPair>> ConfusionAsync() => (await SumsAsync()).Confusion;
    }

    [Fact]
    public async Task CountFeedback_OfASlice_GateOverItsRowsAlone()
    {
        await RegisterAsync();
        var feedback = new FeedbackStore(Store, _time);
        var gate = new RolloutGate { Kind = GateKind.Accuracy, Column = "country", Value = "DE", Least = 0.7, LeastSamples = 50 };
        await Rollouts.StartAsync(Canary with { Gates = [new RolloutGate { Kind = GateKind.Accuracy, Least = 0.3, LeastSamples = 50 }, gate] }, "ann", "", Token);
        _time.UnixMilliseconds += 1000;
        // Right of all but those of one country.
        LoggedPrediction[] predictions =
        [
            .. Enumerable.Range(0, 300).Select(i => LoggedEntries.Expected(i, 0, text: false) with
            {
                Id = LoggedEntries.Id(1_700_000_001_000, i),
                Version = "reviews/2",
                Label = i % 3 == 0 ? "bad" : "good",
                Labels = ["bad", "good"],
                Route = (ulong)i,
                Categorical = new Dictionary<string, string?> { ["country"] = i % 3 == 0 ? "DE" : "FR" },
            }),
        ];
        await feedback.AddAsync([.. predictions.Select(prediction => new FeedbackItem(prediction.Id, "good"))], Token);
        await feedback.SettleAsync([.. predictions.Select(prediction => new JoinedFeedback(new WaitingFeedback(prediction.Id, "good", 0, 0), prediction, null))], TimeSpan.Zero, Token);
        await Rollouts.CountFeedbackAsync("up", Token);
        var decision = await Rollouts.AnalyseAsync("up", Token);
        decision.Action.ShouldBe(RolloutAction.RollBack);
        var (all, slice) = (decision.Verdicts[0], decision.Verdicts[1]);
        (all.Outcome, all.Samples, slice.Outcome, slice.Samples).ShouldBe((GateOutcome.Success, 300, GateOutcome.Failure, 100));
        (slice.Gate, slice.Explanation.StartsWith("accuracy of country DE 0.0000 over 100 labelled rows", StringComparison.Ordinal)).ShouldBe(("accuracy of country DE", true));
        var sums = (await Rollouts.GetAsync("up", Token)).State.Totals.Single(totals => totals.Version == "reviews/2").Sums.Slices.ShouldHaveSingleItem();
        (sums.Column, sums.Value, sums.Confusion.ShouldHaveSingleItem()).ShouldBe(("country", "DE", new LabelPair("good", "bad", 100)));
    }

    [Fact]
    public async Task CountFeedback_OfATestBySlices_TheFirstAndLargestStayAndKeepAllTheirRows()
    {
        await RegisterAsync();
        var feedback = new FeedbackStore(Store, _time);
        var definition = new RolloutDefinition("up", RolloutKind.Ab, "reviews/1", [new("reviews/2", 0.5)])
        {
            Test = new AbTest(RolloutMetric.Accuracy, 0.05, 1000, Slices: ["country"], MostSlices: 3),
            Gates = [new RolloutGate { Kind = GateKind.Accuracy, Column = "country", Value = "AT", Least = 0.1, LeastSamples = 50 }],
        };
        await Rollouts.StartAsync(definition, "ann", "", Token);
        var next = 0;
        await JoinAsync("DE", "DE", "FR", "IT", "IT", "IT", null);
        await JoinAsync("FR", "FR", "FR", "FR", "DE", "AT");
        var rollout = await Rollouts.GetAsync("up", Token);
        (await Rollouts.GetAsync("up", Token)).Slices.ShouldBe([new Slice("country", "AT"), new Slice("country", "IT"), new Slice("country", "DE")]);
        var report = RolloutAnalysis.Report(definition, rollout.State)!;
        report.Slices!.Select(slice => (slice.Value, slice.CandidateRows)).ShouldBe([("AT", 1), ("DE", 3), ("IT", 3)]);
        (report.MostSlices, report.Columns!.Single()).ShouldBe((3, new SlicedColumn("country", 13, 6)));
        rollout.ToJson(withState: true)["test"]!["slices"]![1]!["value"]!.GetValue<string>().ShouldBe("DE");

        async Task JoinAsync(params string?[] countries)
        {
            _time.UnixMilliseconds += 1000;
            LoggedPrediction[] predictions =
            [
                .. countries.Select(country => LoggedEntries.Expected(next, 0, text: false) with
                {
                    Id = LoggedEntries.Id(1_700_000_001_000, next), Version = "reviews/2", Label = "good", Labels = ["bad", "good"], Route = (ulong)next++, Categorical = new Dictionary<string, string?> { ["country"] = country },
                }),
            ];
            await feedback.AddAsync([.. predictions.Select(prediction => new FeedbackItem(prediction.Id, "good"))], Token);
            await feedback.SettleAsync([.. predictions.Select(prediction => new JoinedFeedback(new WaitingFeedback(prediction.Id, "good", 0, 0), prediction, null))], TimeSpan.Zero, Token);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Rollouts.CountFeedbackAsync("up", Token)));
            await Rollouts.AnalyseAsync("up", Token);
        }
    }

    [Fact]
    public async Task CountFeedback_OfAnotherModelToo_ItsOwnAloneIsKeptAndMakesSlices()
    {
        await RegisterAsync();
        var definition = new RolloutDefinition("up", RolloutKind.Ab, "reviews/1", [new("reviews/2", 0.5)]) { Test = new AbTest(RolloutMetric.Accuracy, 0.05, 1000, Slices: ["country"], MostSlices: 1) };
        await Rollouts.StartAsync(definition, "ann", "", Token);
        _time.UnixMilliseconds += 1000;
        await JoinedAsync([.. Enumerable.Range(0, 3).Select(i => Of("tickets/7", i, "FR")), Of("reviews/2", 3, "DE")]);
        await Rollouts.CountFeedbackAsync("up", Token);
        await Rollouts.AnalyseAsync("up", Token);
        var rollout = await Rollouts.GetAsync("up", Token);
        rollout.Slices.ShouldBe([new Slice("country", "DE")], "what others are asked for takes no place");
        rollout.State.Sources.Select(source => source.Version).ShouldBe(["reviews/2"]);
    }

    [Fact]
    public async Task CountFeedback_MoreThanOneTransactionTakes_AllOfIt()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary with { Gates = [new RolloutGate { Kind = GateKind.Accuracy, Least = 0.5, LeastSamples = 5000 }] }, "ann", "", Token);
        _time.UnixMilliseconds += 1000;
        await JoinedAsync([.. Enumerable.Range(0, 25).Select(i => Of("reviews/2", i, null))]);
        await new RolloutStore(Store, _time) { MostChanges = 5 }.CountFeedbackAsync("up", Token);
        await Rollouts.AnalyseAsync("up", Token);
        (await Rollouts.GetAsync("up", Token)).State.Totals.Single().Sums.Confusion.ShouldBe([new LabelPair("good", "good", 25)], "each once");
    }

    [Fact]
    public async Task Approve_AndPromoteByHand_AsAsked()
    {
        await RegisterAsync();
        await Rollouts.StartAsync(Canary with { Steps = [new CanaryStep(0.1, NeedsApproval: true), new CanaryStep(0.5)] }, "ann", "", Token);
        await ReportAsync("a", 1000, 3);
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.Hold);
        (await Should.ThrowAsync<MetadataException>(() => Rollouts.ApproveAsync("up", 1, "bob", cancellation: Token))).Error.ShouldBe(MetadataError.Conflict);
        await Rollouts.ApproveAsync("up", 0, "bob", cancellation: Token);
        await Rollouts.ApproveAsync("up", 0, "eve", cancellation: Token);
        (await new EventLog(Store).ListAsync("up", cancellation: Token)).Where(e => e.Action == "rollout.approve").Select(e => (e.Actor, e.Detail)).ShouldBe([("bob", """{"model":"reviews","step":0}""")], "who let it go on");
        _time.UnixMilliseconds += 1000;
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.Advance);
        (await Should.ThrowAsync<MetadataException>(() => Rollouts.PromoteAsync("up", "reviews/1", "bob", "", cancellation: Token))).Error.ShouldBe(MetadataError.Invalid);
        (await Rollouts.PromoteAsync("up", "reviews/2", "bob", "the board said so", cancellation: Token)).State.Winner.ShouldBe("reviews/2");
        Registry.Resolve("reviews@champion").Version.ShouldBe(2);
    }

    [Fact]
    public async Task Start_StableByNumber_ThePlanNamesTheWinner()
    {
        await RegisterAsync();
        await Plans.SetAsync("reviews", new TrafficPlan { Stable = "1", Shadows = [new("2", 0.5)] }, null, "ann", "", Token);
        await Rollouts.StartAsync(Canary, "ann", "", Token);
        await Rollouts.PromoteAsync("up", "reviews/2", "ann", "", cancellation: Token);
        var plan = (await Plans.GetAsync("reviews", Token)).Plan;
        (plan.Stable, plan.Candidates.Count, plan.Shadows.Count).ShouldBe(("2", 0, 1));
        Registry.Resolve("reviews@champion").Version.ShouldBe(1);
    }

    [Fact]
    public async Task Prune_VersionsOfAPlanOrARunningRollout_Stay()
    {
        await RegisterAsync();
        for (var i = 3; i <= 5; i++)
            await Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = $"{i:x64}" }, "ann", Token);
        await Plans.SetAsync("reviews", new TrafficPlan { Shadows = [new("4", 0.5)] }, null, "ann", "", Token);
        await Rollouts.StartAsync(Canary with { Candidates = [new("reviews/3")] }, "ann", "", Token);
        var plan = await Registry.PruneAsync("reviews", new VersionRetention { Newest = 0 }, "ann", Token);
        plan.Where(pruned => !pruned.Removed).Select(pruned => pruned.Version.Version).ShouldBe([4, 3, 1]);
        (await Plans.ResolveAsync("reviews", Token)).Faults.ShouldBeEmpty();
        foreach (var named in new[] { 3, 4 })
            (await Should.ThrowAsync<MetadataException>(() => Registry.DeleteVersionAsync("reviews", named, "ann", Token))).Error.ShouldBe(MetadataError.Conflict);
        await Registry.DeleteAliasAsync("reviews", "champion", "ann", "", Token);
        (await Should.ThrowAsync<MetadataException>(() => Registry.DeleteModelAsync("reviews", "ann", Token))).Error.ShouldBe(MetadataError.Conflict);
        await Rollouts.AbortAsync("up", "ann", "", cancellation: Token);
        await Registry.DeleteVersionAsync("reviews", 3, "ann", Token);
    }

    [Fact]
    public async Task Promote_StableThatWasChangedMeanwhile_RefusedAndTheNextAnalysisGivesUp()
    {
        await RegisterAsync();
        await Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = $"{9:x64}" }, "ann", Token);
        await Rollouts.StartAsync(Canary, "ann", "", Token);
        await Registry.SetAliasAsync("reviews", "champion", 3, "bob", "", Token);
        var refusal = await Should.ThrowAsync<MetadataException>(() => Rollouts.PromoteAsync("up", "reviews/2", "ann", "", cancellation: Token));
        (refusal.Error, refusal.Message.Contains("reviews/3", StringComparison.Ordinal)).ShouldBe((MetadataError.Conflict, true));
        (await Rollouts.GetAsync("up", Token)).State.Phase.ShouldBe(RolloutPhase.Running);
        _time.UnixMilliseconds += 1000;
        (await Rollouts.AnalyseAsync("up", Token)).Action.ShouldBe(RolloutAction.RollBack);
        Registry.Resolve("reviews@champion").Version.ShouldBe(3);
    }

    [Fact]
    public async Task Start_WhatCannotBe_Refused()
    {
        await RegisterAsync();
        await Refused(MetadataError.Invalid, Canary with { Steps = [] });
        await Refused(MetadataError.Invalid, Canary with { Stable = "reviews@champion" });
        await Refused(MetadataError.NotFound, Canary with { Candidates = [new("reviews/9")] });
        await Refused(MetadataError.Conflict, Canary with { Stable = "reviews/2", Candidates = [new("reviews/1")] });
        (await Rollouts.ListAsync(cancellation: Token)).ShouldBeEmpty();
        (await Plans.GetAsync("reviews", Token)).Revision.ShouldBe(0);

        async Task Refused(MetadataError error, RolloutDefinition definition) =>
            (await Should.ThrowAsync<MetadataException>(() => Rollouts.StartAsync(definition, "ann", "", Token))).Error.ShouldBe(error);
    }

    private static RolloutDefinition Canary { get; } = new("up", RolloutKind.Canary, "reviews/1", [new("reviews/2")])
    {
        Gates = [new RolloutGate { Kind = GateKind.ErrorRate, Most = 0.02 }],
        Steps = [new CanaryStep(0.1), new CanaryStep(0.5)],
    };

    private static LoggedPrediction Of(string version, int i, string? country) => LoggedEntries.Expected(i, 0, text: false) with
    {
        Id = LoggedEntries.Id(1_700_000_001_000, i),
        Version = version,
        Label = "good",
        Labels = ["bad", "good"],
        Route = (ulong)i,
        Categorical = new Dictionary<string, string?> { ["country"] = country },
    };

    /// <summary>Says that all of them were right.</summary>
    private async Task JoinedAsync(LoggedPrediction[] predictions)
    {
        var feedback = new FeedbackStore(Store, _time);
        await feedback.AddAsync([.. predictions.Select(prediction => new FeedbackItem(prediction.Id, "good"))], Token);
        await feedback.SettleAsync([.. predictions.Select(prediction => new JoinedFeedback(new WaitingFeedback(prediction.Id, "good", 0, 0), prediction, null))], TimeSpan.Zero, Token);
    }

    private async Task RegisterAsync()
    {
        for (var i = 1; i <= 2; i++)
            await Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = $"{i:x64}" }, "ann", Token);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
    }

    private Task ReportAsync(string source, long requests, long errors) => Rollouts.ReportAsync("up", Measured(source, requests, errors), Token);

    /// <summary>Of the candidate and of stable, over the second that passes meanwhile.</summary>
    private Measurement[] Measured(string source, long requests, long errors)
    {
        var from = _time.GetUtcNow();
        _time.UnixMilliseconds += 1000;
        return [.. new[] { "reviews/1", "reviews/2" }.Select(version => new Measurement(
            version, source, from, _time.GetUtcNow(), Replayed: false, new VersionSums { Units = requests, Requests = requests, Errors = version == "reviews/2" ? errors : 0 }))];
    }

    private async Task<IEnumerable<double>> SharesAsync() => (await Plans.GetAsync("reviews", Token)).Plan.Candidates.Select(candidate => candidate.Share);
}
