using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Routing;

/// <summary>Traffic plans over a metadata store of any kind.</summary>
public abstract class TrafficPlansContract : BackendTests
{
    private ModelRegistry Registry => new(Store, _ => true, TimeProvider.System);

    private TrafficPlans Plans => new(Store, TimeProvider.System);

    [Fact]
    public async Task Get_NoPlan_AllToTheChampion()
    {
        await RegisterAsync(2);
        (await Plans.GetAsync("reviews", Token)).Revision.ShouldBe(0);
        await Refused(MetadataError.NotFound, () => Plans.ResolveAsync("reviews", Token));
        await Registry.SetAliasAsync("reviews", "champion", 2, "ann", "", Token);
        var planned = await Plans.ResolveAsync("reviews", Token);
        (planned.Stable.Version, planned.Candidates.Count, planned.Shadows.Count, planned.Faults.Count).ShouldBe((2, 0, 0, 0));
        await Refused(MetadataError.NotFound, () => Plans.GetAsync("tickets", Token));
    }

    [Fact]
    public async Task Set_Changed_RevisionsCountAndTheAuditLogHasBothPlans()
    {
        await RegisterAsync(3);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        var plan = new TrafficPlan { Candidates = [new("2", 0.25)], Unit = RoutingUnit.Item };
        (await Plans.SetAsync("reviews", plan, 0, "ann", "try it", Token)).Revision.ShouldBe(1);
        (await Plans.SetAsync("reviews", plan, 0, "ann", "again", Token)).Revision.ShouldBe(1, "a repeated call changes nothing");
        (await Plans.SetAsync("reviews", plan with { Candidates = [] }, null, "bob", "it was slow", Token)).Revision.ShouldBe(2);
        var events = (await new EventLog(Store).ListAsync("reviews", cancellation: Token)).Where(e => e.Action == "traffic.changed").ToArray();
        events.Length.ShouldBe(2);
        var detail = JsonNode.Parse(events[1].Detail)!;
        (events[1].Actor, (string?)detail["reason"], (double?)detail["previous"]!["candidates"]![0]!["share"], detail["plan"]!["candidates"]!.AsArray().Count).ShouldBe(("bob", "it was slow", 0.25, 0));
    }

    [Fact]
    public async Task Set_OfSeveralWhoSawTheSame_OneWinsAndTheOthersAreTold()
    {
        await RegisterAsync(5);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        var changes = await Task.WhenAll(Enumerable.Range(2, 4).Select(async version =>
        {
            try
            {
                return (await Plans.SetAsync("reviews", new TrafficPlan { Candidates = [new($"{version}", 0.1)] }, 0, "ann", "", Token)).Revision;
            }
            catch (MetadataException exception) when (exception.Error == MetadataError.Conflict)
            {
                return 0;
            }
        }));
        changes.Order().ShouldBe([0, 0, 0, 1]);
    }

    [Fact]
    public async Task Set_NamesWhatIsNotThere_RefusedAndNothingChanged()
    {
        await RegisterAsync(1);
        await Refused(MetadataError.NotFound, () => Plans.SetAsync("reviews", new TrafficPlan { Candidates = [new("challenger", 0.1)] }, null, "ann", "", Token));
        await Refused(MetadataError.NotFound, () => Plans.SetAsync("reviews", new TrafficPlan { Stable = "9" }, null, "ann", "", Token));
        await Refused(MetadataError.Invalid, () => Plans.SetAsync("reviews", new TrafficPlan { Stable = "1", Shadows = [new("1", 2)] }, null, "ann", "", Token));
        (await Plans.GetAsync("reviews", Token)).Revision.ShouldBe(0);
    }

    [Fact]
    public async Task Resolve_AliasMovedOrGone_FollowedOrSaid()
    {
        await RegisterAsync(3);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        await Registry.SetAliasAsync("reviews", "challenger", 2, "ann", "", Token);
        await Plans.SetAsync("reviews", new TrafficPlan { Candidates = [new("challenger", 0.5)], Shadows = [new("challenger", 1)] }, null, "ann", "", Token);
        (await Plans.ResolveAsync("reviews", Token)).Candidates.Select(one => (one.Named, one.Version.Version, one.Share)).ShouldBe([("challenger", 2, 0.5)]);
        await Registry.SetAliasAsync("reviews", "challenger", 3, "ann", "", Token);
        (await Plans.ResolveAsync("reviews", Token)).Shadows.Select(one => one.Version.Version).ShouldBe([3]);
        await Registry.DeleteAliasAsync("reviews", "challenger", "ann", "", Token);
        var planned = await Plans.ResolveAsync("reviews", Token);
        planned.Candidates.ShouldBeEmpty();
        planned.Faults.ShouldAllBe(fault => fault.Contains("no alias 'challenger'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resolve_SeveralNamesOfOneVersion_OneWithTheirSharesTogether()
    {
        await RegisterAsync(3);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        await Registry.SetAliasAsync("reviews", "challenger", 2, "ann", "", Token);
        await Plans.SetAsync("reviews", new TrafficPlan { Candidates = [new("challenger", 0.25), new("3", 0.125), new("2", 0.5)], Shadows = [new("2", 0.75), new("challenger", 0.5)] }, null, "ann", "", Token);
        var planned = await Plans.ResolveAsync("reviews", Token);
        planned.Candidates.Select(one => (one.Version.Version, one.Share)).ShouldBe([(2, 0.75), (3, 0.125)]);
        planned.Shadows.Select(one => (one.Version.Version, one.Share)).ShouldBe([(2, 1)]);
    }

    [Fact]
    public async Task Model_RenamedOrDeleted_ItsPlanGoesWithIt()
    {
        await RegisterAsync(2);
        await Plans.SetAsync("reviews", new TrafficPlan { Stable = "1" }, null, "ann", "", Token);
        await Registry.RenameModelAsync("reviews", "opinions", "ann", Token);
        (await Plans.GetAsync("opinions", Token)).Plan.Stable.ShouldBe("1");
        await Refused(MetadataError.Conflict, () => Registry.DeleteModelAsync("opinions", "ann", Token));
        await Registry.SetAliasAsync("opinions", "champion", 2, "ann", "", Token);
        await Plans.SetAsync("opinions", new TrafficPlan(), null, "ann", "", Token);
        await Registry.DeleteAliasAsync("opinions", "champion", "ann", "", Token);
        await Registry.DeleteModelAsync("opinions", "ann", Token);
        await Refused(MetadataError.NotFound, () => Plans.GetAsync("opinions", Token));
    }

    private async Task RegisterAsync(int versions)
    {
        for (var i = 1; i <= versions; i++)
            await Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = i.ToString("x64", CultureInfo.InvariantCulture) }, "ann", Token);
    }

    private static async Task Refused(MetadataError error, Func<Task> call) => (await Should.ThrowAsync<MetadataException>(call)).Error.ShouldBe(error);
}
