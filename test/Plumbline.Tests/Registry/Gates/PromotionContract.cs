using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Registry.Gates;

/// <summary>Promotion, rollback and sign-off over a metadata store of any kind.</summary>
public abstract class PromotionContract : BackendTests
{
    private static readonly GateOptions Half = new() { MinMetric = [KeyValuePair.Create("test.macro_f1", 0.5)] };

    private readonly TemporaryFolder _bundles = new();
    private readonly ManualTime _time = new();

    private Home Home => new(_bundles.Path);

    private PromotionStore Promotions => PromotionsOf(Store);

    [Fact]
    public async Task Promote_GatesPass_MovesTheAliasAndRecordsTheValues()
    {
        await RegisterAsync(0.6);
        var (evaluation, change) = await PromoteAsync(1, Half);
        change.ShouldBe(new AliasChange("reviews", "champion", 1, null));
        (evaluation.Id, evaluation.Outcome, evaluation.Against).ShouldBe((1, GateOutcome.Promoted, null));
        var recorded = (await Promotions.FindLastAsync("reviews", 1, Token)).ShouldNotBeNull();
        recorded.Results.ShouldBe([new GateResult("min_metric", "test.macro_f1", true, 0.6, 0.5, "test.macro_f1 is 0.6; at least 0.5 is asked for")]);
        (recorded.Actor, recorded.Reason, recorded.Time).ShouldBe(("ann", "better", _time.UnixMilliseconds));
        (await Champion()).ShouldBe(1);

        var events = await new EventLog(Store).ListAsync("reviews/1", cancellation: Token);
        events.Select(e => e.Action).ShouldBe(["version.registered", "gates.evaluated"]);
        ((double)JsonNode.Parse(events[1].Detail)!["results"]![0]!["value"]!).ShouldBe(0.6);
        var set = JsonNode.Parse((await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token)).Single().Detail)!;
        ((long)set["evaluation"]!, (string)set["reason"]!).ShouldBe((1, "better"));
    }

    [Fact]
    public async Task Record_Evaluation_MovesNothingAndIsOneHoweverOften()
    {
        await RegisterAsync(0.6);
        await RegisterAsync(0.4);
        await PromoteAsync(1, Half);
        foreach (var (gates, outcome) in ((GateOptions, GateOutcome)[])[(Half, GateOutcome.Refused), (new GateOptions(), GateOutcome.Passed)])
        {
            var evaluation = await Promotions.EvaluateAsync("reviews", 2, "champion", gates, Token);
            var recorded = await Promotions.RecordAsync(evaluation, "ann", "run 1", Token);
            (recorded.Outcome, recorded.Against, recorded.Reason).ShouldBe((outcome, 1, "run 1"));
            (await Promotions.RecordAsync(evaluation, "ann", "run 1", Token)).Id.ShouldBe(recorded.Id);
            (await Promotions.RecordAsync(evaluation, "ann", "run 2", Token)).Id.ShouldBe(recorded.Id + 1);
            (await Promotions.FindLastAsync("reviews", 2, Token))!.Outcome.ShouldBe(outcome);
        }
        (await Champion()).ShouldBe(1);
    }

    [Fact]
    public async Task Promote_GateFails_RefusedAndRecordedUnlessOverridden()
    {
        await RegisterAsync(0.6);
        await RegisterAsync(0.4);
        await PromoteAsync(1, Half);
        var (refused, change) = await PromoteAsync(2, Half);
        change.ShouldBeNull();
        (refused.Outcome, refused.Against, refused.Results.Single().Value).ShouldBe((GateOutcome.Refused, 1, 0.4));
        (await Champion()).ShouldBe(1);
        (await Promotions.FindLastAsync("reviews", 2, Token))!.Outcome.ShouldBe(GateOutcome.Refused);

        await Refused(MetadataError.Invalid, () => PromoteAsync(2, Half, overriding: true, reason: " "));
        (await PromoteAsync(2, Half, overriding: true, reason: "incident")).Change!.Previous.ShouldBe(1);
        (await Promotions.FindLastAsync("reviews", 2, Token))!.Outcome.ShouldBe(GateOutcome.Overridden);
        var set = JsonNode.Parse((await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token))[^1].Detail)!;
        ((string)set["overridden"]![0]!).ShouldBe("test.macro_f1 is 0.4; at least 0.5 is asked for");
    }

    [Fact]
    public async Task FindLast_VersionWasRemoved_WhatGatesSaidStays()
    {
        await RegisterAsync(0.6);
        await RegisterAsync(0.4);
        await PromoteAsync(1, Half);
        await PromoteAsync(2, Half);
        await Promotions.SignOffAsync("reviews", 2, "risk", "bob", "read it", Token);
        var registry = new ModelRegistry(Store, _ => true, _time);
        await registry.PruneAsync("reviews", new VersionRetention { Newest = 0 }, "ann", Token);
        (await registry.ListVersionsAsync("reviews", cancellation: Token)).Select(version => version.Version).ShouldBe([1]);
        (await Promotions.FindLastAsync("reviews/2", Token))!.Outcome.ShouldBe(GateOutcome.Refused);
        (await Promotions.FindLastAsync("reviews@champion", Token))!.Outcome.ShouldBe(GateOutcome.Promoted);
        (await new EventLog(Store).ListAsync("reviews/2", cancellation: Token)).Select(e => e.Action).ShouldContain("version.signed_off");
        await Refused(MetadataError.NotFound, () => Promotions.FindLastAsync("reviews/3", Token));
    }

    [Fact]
    public async Task Promote_Repeated_ChangesAndRecordsNothing()
    {
        await RegisterAsync(0.6);
        await PromoteAsync(1, Half);
        var events = (await new EventLog(Store).ListAsync(cancellation: Token)).Count;
        (await PromoteAsync(1, Half)).Change!.Changed.ShouldBeFalse();
        (await new EventLog(Store).ListAsync(cancellation: Token)).Count.ShouldBe(events);
    }

    [Fact]
    public async Task Promote_SeveralSawOneChampion_OneWinsAndTheOthersAreTold()
    {
        for (var version = 1; version <= 9; version++)
            await RegisterAsync(0.6);
        await PromoteAsync(1, Half);
        PromotionStore[] stores = [Promotions, PromotionsOf(OpenAnother())];
        var evaluations = await Task.WhenAll(Enumerable.Range(2, 8).Select(version => Promotions.EvaluateAsync("reviews", version, "champion", Half, Token)));
        var moves = evaluations.Select((evaluation, i) => stores[i % 2].PromoteAsync(evaluation, "ann", "", cancellation: Token)).ToArray();
        await Task.WhenAll(moves).ContinueWith(_ => { }, TaskScheduler.Default);
        var winner = (await moves.Single(move => move.IsCompletedSuccessfully)).Evaluation.Version;
        (await Champion()).ShouldBe(winner);
        foreach (var move in moves.Where(move => move.IsFaulted))
            (await Refused(MetadataError.Conflict, () => move)).Message.ShouldBe($"reviews@champion is version {winner} by now, not version 1 as when this was decided. Look at what changed, and decide again.");
        (await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Rollback_Repeated_GoesFurtherBackAlongTheHistory()
    {
        for (var version = 1; version <= 4; version++)
            await RegisterAsync(0.6);
        foreach (var version in new[] { 1, 2, 3 })
            await PromoteAsync(version, Half);
        (await RollbackAsync(3)).ShouldBe(new AliasChange("reviews", "champion", 2, 3));
        await PromoteAsync(4, Half);
        (await RollbackAsync(4)).Version.ShouldBe(2, "what was rolled back is no longer a part of the history");
        (await RollbackAsync(2)).Version.ShouldBe(1);
        (await Refused(MetadataError.Conflict, () => RollbackAsync(1))).Message.ShouldContain("no version to go back to");
        (await Champion()).ShouldBe(1);
        await Refused(MetadataError.NotFound, () => Promotions.RollbackAsync("reviews", "challenger", 1, "ann", "", Token));
    }

    [Fact]
    public async Task Rollback_TwoSawOneChampion_OneGoesBackOneStep()
    {
        foreach (var version in new[] { 1, 2, 3 })
        {
            await RegisterAsync(0.6);
            await PromoteAsync(version, Half);
        }
        var other = PromotionsOf(OpenAnother());
        Task<AliasChange>[] moves = [RollbackAsync(3), other.RollbackAsync("reviews", "champion", 3, "bob", "", Token)];
        await Task.WhenAll(moves).ContinueWith(_ => { }, TaskScheduler.Default);
        moves.Count(move => move.IsCompletedSuccessfully).ShouldBe(1);
        (await Champion()).ShouldBe(2);
    }

    [Fact]
    public async Task Promote_BundleGoneOrTorn_NotFoundWhateverTheGates()
    {
        var digest = await RegisterAsync(0.6);
        File.WriteAllText(Path.Combine(Home.Bundles, digest, "weights.bin"), "torn");
        (await Refused(MetadataError.NotFound, () => PromoteAsync(1, new GateOptions()))).Message.ShouldContain("weights.bin");
        Directory.Delete(Path.Combine(Home.Bundles, digest), recursive: true);
        (await Refused(MetadataError.NotFound, () => PromoteAsync(1, new GateOptions()))).Message.ShouldContain("cannot be deployed");
    }

    [Fact]
    public async Task SignOff_Asked_CountsForThatVersionAndOnce()
    {
        await RegisterAsync(0.6);
        await RegisterAsync(0.6);
        var gates = new GateOptions { SignedOffBy = ["ann", "risk"] };
        (await Promotions.SignOffAsync("reviews", 1, "risk", "bob", "read it", Token)).ShouldBeTrue();
        (await Promotions.SignOffAsync("reviews", 1, "risk", "bob", "again", Token)).ShouldBeFalse();
        var results = (await Promotions.EvaluateAsync("reviews", 1, "champion", gates, Token)).Results;
        results.Select(result => result.Passed).ShouldBe([false, true]);
        results[0].Explanation.ShouldBe("ann has not signed reviews/1; do so by plumbline sign-off reviews/1 --by ann");
        (await Promotions.EvaluateAsync("reviews", 2, "champion", gates, Token)).Results.ShouldAllBe(result => !result.Passed);
        await Refused(MetadataError.NotFound, () => Promotions.SignOffAsync("reviews", 3, "ann", "bob", "", Token));
    }

    protected override void Cleanup() => _bundles.Dispose();

    private PromotionStore PromotionsOf(IMetadataStore store) => new(store, new EvidenceStore(Home, new TrackingStore(store, _time), _time), _time);

    private async Task<string> RegisterAsync(double macroF1)
    {
        var registry = new ModelRegistry(Store, digest => Directory.Exists(Path.Combine(Home.Bundles, digest)), _time);
        var number = Directory.Exists(Home.Bundles) ? Directory.GetDirectories(Home.Bundles).Length : 0;
        var digest = WrittenBundle.Publish(Home.Bundles, number, macroF1);
        await registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = digest }, "ann", Token);
        return digest;
    }

    private async Task<(GateEvaluation Evaluation, AliasChange? Change)> PromoteAsync(long version, GateOptions gates, bool overriding = false, string reason = "better") =>
        await Promotions.PromoteAsync(await Promotions.EvaluateAsync("reviews", version, "champion", gates, Token), "ann", reason, overriding, Token);

    private Task<AliasChange> RollbackAsync(long expected) => Promotions.RollbackAsync("reviews", "champion", expected, "ann", "slower", Token);

    private async Task<long> Champion() => (await new ModelRegistry(Store, _ => true, _time).ResolveAsync("reviews@champion", Token)).Version;

    private static async Task<MetadataException> Refused(MetadataError error, Func<Task> call)
    {
        var exception = await Should.ThrowAsync<MetadataException>(call);
        exception.Error.ShouldBe(error, exception.Message);
        return exception;
    }
}
