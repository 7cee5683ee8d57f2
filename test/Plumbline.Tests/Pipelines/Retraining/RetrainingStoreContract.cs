using Plumbline.Monitoring;
using Plumbline.Monitoring.Alerts;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tuning;

namespace Plumbline.Tests.Pipelines.Retraining;

/// <summary>Cycles of retraining over a metadata store of any kind.</summary>
public abstract class RetrainingStoreContract : BackendTests
{
    private static readonly RetrainingVerdict Proposal = new(RetrainingStep.Propose, new RetrainingSignal(TriggerKind.Drift, DriftAction.Approve, ["price moved: PSI 0.35"]), "");

    private RetrainingStore Cycles => new(Store, TimeProvider.System);

    [Fact]
    public async Task BeginAsync_WhileOneIsOpen_IsRefused()
    {
        var lease = await LeaseAsync();
        var open = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token);
        (await Cycles.FindOpenAsync("reviews", Token))!.ToJson().ShouldBe(open.ToJson());
        (await Should.ThrowAsync<MetadataException>(() => Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token))).Error.ShouldBe(MetadataError.Conflict);
        (await Cycles.BeginAsync("tickets", "tickets/1", Proposal, lease, Token)).State.ShouldBe(CycleState.Proposed);
        (await Cycles.ListAsync("reviews", Token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task ApproveAsync_Proposed_KeepsWhoAndWhyAndChangesNothingAgain()
    {
        var cycle = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, await LeaseAsync(), Token);
        var approved = await Cycles.ApproveAsync(cycle.Id, "ana", "as agreed", Token);
        approved.State.ShouldBe(CycleState.Approved);
        (approved.Approval!.By, approved.Approval.Reason).ShouldBe(("ana", "as agreed"));
        (await Cycles.ApproveAsync(cycle.Id, "bob", "me too", Token)).ToJson().ShouldBe(approved.ToJson());
        (await Should.ThrowAsync<MetadataException>(() => Cycles.RejectAsync(cycle.Id, "bob", "no", Token))).Error.ShouldBe(MetadataError.Conflict);
        (await Should.ThrowAsync<MetadataException>(() => Cycles.ApproveAsync(cycle.Id, "bob", " ", Token))).Error.ShouldBe(MetadataError.Invalid);
        (await new EventLog(Store).ListAsync($"retraining:{cycle.Id}", cancellation: Token)).Select(e => (e.Action, e.Actor)).ShouldBe([("retraining.proposed", "retraining"), ("retraining.approved", "ana")]);
    }

    [Fact]
    public async Task RejectAsync_Proposed_EndsIt()
    {
        var cycle = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, await LeaseAsync(), Token);
        var rejected = await Cycles.RejectAsync(cycle.Id, "ana", "a campaign, it will pass", Token);
        (rejected.State, rejected.Outcome).ShouldBe((CycleState.Rejected, "ana rejected it: a campaign, it will pass"));
        rejected.Ended.ShouldNotBeNull();
        (await Cycles.FindOpenAsync("reviews", Token)).ShouldBeNull();
        (await Should.ThrowAsync<MetadataException>(() => Cycles.ApproveAsync(cycle.Id, "bob", "yes", Token))).Error.ShouldBe(MetadataError.Conflict);
    }

    [Fact]
    public async Task ChangeAsync_LeaseOver_ChangesNothing()
    {
        var lease = await LeaseAsync();
        var cycle = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token);
        await Should.ThrowAsync<LeaseLostException>(() => Cycles.ChangeAsync(cycle.Id, lease + 1000, found => found with { Outcome = "late" }, Token));
        await Should.ThrowAsync<LeaseLostException>(() => Cycles.BeginAsync("tickets", "tickets/1", Proposal, lease + 1000, Token));
        (await Cycles.GetAsync(cycle.Id, Token)).Outcome.ShouldBeNull();
    }

    [Fact]
    public async Task ChangeAsync_Ended_StaysAsItIs()
    {
        var lease = await LeaseAsync();
        var cycle = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token);
        var ended = await Cycles.ChangeAsync(cycle.Id, lease, found => found with { State = CycleState.Expired, Ended = found.Created.AddDays(7), Outcome = "nobody approved it" }, Token);
        (await Cycles.ChangeAsync(cycle.Id, lease, found => found with { State = CycleState.Promoted, Outcome = "late" }, Token)).ToJson().ShouldBe(ended.ToJson());
    }

    [Fact]
    public async Task RequestAsync_ByAPerson_IsApprovedByHavingBeenUttered()
    {
        await new ModelRegistry(Store, static _ => true, TimeProvider.System).RegisterAsync("reviews", new NewModelVersion { BundleDigest = new string('a', 64) }, "test", Token);
        var cycle = await Cycles.RequestAsync("reviews", "ana", "new prices", Token);
        (cycle.State, cycle.Trigger, cycle.Champion).ShouldBe((CycleState.Approved, TriggerKind.Manual, null));
        cycle.Approval!.By.ShouldBe("ana");
        (await Should.ThrowAsync<MetadataException>(() => Cycles.RequestAsync("tickets", "ana", "new prices", Token))).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task BeginAsync_AnyState_IsToldOnce()
    {
        var cycle = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, await LeaseAsync(), Token);
        await Cycles.ApproveAsync(cycle.Id, "ana", "as agreed", Token);
        var told = await new AlertStore(Store, TimeProvider.System).ListAsync("reviews", cancellation: Token);
        told.Select(alert => alert.Labels["state"]).Order(StringComparer.Ordinal).ShouldBe(["approved", "proposed"]);
        told.ShouldAllBe(alert => alert.Rule == "PlumblineRetraining");
        told.Single(alert => alert.Labels["state"] == "proposed").Why.ShouldBe("Retraining of reviews waits for approval: price moved: PSI 0.35");
    }

    [Fact]
    public async Task StandingAsync_CyclesOfAModel_HowTheyEndedWhichIsOpenAndTheLastThatRan()
    {
        var none = await Cycles.StandingAsync("reviews", Token);
        (none.Ended.Count, none.Open, none.Last).ShouldBe((0, null, null));
        var lease = await LeaseAsync();
        var ran = await EndAsync(CycleState.Promoted);
        await EndAsync(CycleState.Refused, "tickets");
        await Cycles.RejectAsync((await Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token)).Id, "ana", "no", Token);
        var open = await Cycles.BeginAsync("reviews", "reviews/1", Proposal, lease, Token);
        var standing = await Cycles.StandingAsync("reviews", Token);
        standing.Ended.ShouldBe(new Dictionary<CycleState, long> { [CycleState.Promoted] = 1, [CycleState.Rejected] = 1 }, ignoreOrder: true);
        (standing.Open!.Id, standing.Last!.Id).ShouldBe((open.Id, ran));

        async Task<string> EndAsync(CycleState state, string model = "reviews")
        {
            var cycle = await Cycles.BeginAsync(model, $"{model}/1", Proposal, lease, Token);
            await Cycles.ChangeAsync(cycle.Id, lease, found => found with { State = state, Started = found.Created, Ended = found.Created.AddMinutes(3), Outcome = "so it is" }, Token);
            return cycle.Id;
        }
    }

    /// <summary>Half of a character is nothing that PostgreSQL stores.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task RequestAsync_ReasonThatIsToldShortened_NoCharacterIsCut(int shift)
    {
        await new ModelRegistry(Store, static _ => true, TimeProvider.System).RegisterAsync("reviews", new NewModelVersion { BundleDigest = new string('a', 64) }, "test", Token);
        await Cycles.RequestAsync("reviews", "ana", new string('a', shift) + string.Concat(Enumerable.Repeat("😀", 1500)), Token);
        (await new AlertStore(Store, TimeProvider.System).ListAsync("reviews", cancellation: Token)).ShouldHaveSingleItem().Why.ShouldEndWith("😀…");
    }

    private async Task<long> LeaseAsync() => (await new LeaseStore(Store, TimeProvider.System).TryAcquireAsync("retraining/reviews", "test", TimeSpan.FromMinutes(1), Token))!.Token;
}
