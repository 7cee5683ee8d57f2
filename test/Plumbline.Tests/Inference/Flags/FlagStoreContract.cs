using System.Text.Json.Nodes;
using Plumbline.Inference.Flags;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Flags;

/// <summary>Flags in a metadata store of any kind.</summary>
public abstract class FlagStoreContract : BackendTests
{
    private static readonly FlagDefinition Half = FlagDefinition.Parse("""{"filters": [{"targeting": {"default_rollout_percentage": 50}}]}""");

    private FlagStore Flags => new(Store, TimeProvider.System);

    [Fact]
    public async Task Set_Changed_RevisionsOfAllFlagsCountTogether()
    {
        (await Flags.RevisionAsync(Token)).ShouldBe(0);
        (await Flags.SetAsync("a", Half, 0, "ann", "", Token)).Revision.ShouldBe(1);
        (await Flags.SetAsync("b", new FlagDefinition(), null, "ann", "", Token)).Revision.ShouldBe(2);
        (await Flags.SetAsync("a", Half, 0, "ann", "again", Token)).Revision.ShouldBe(1, "a repeated call changes nothing");
        (await Flags.SetAsync("a", Half with { Enabled = false }, 1, "ann", "", Token)).Revision.ShouldBe(3);
        var known = await new FlagStore(OpenAnother(), TimeProvider.System).ReadAsync(Token);
        known.Revision.ShouldBe(3);
        known.Flags.Select(flag => (flag.Key, flag.Value.Revision, flag.Value.Definition.Enabled)).Order().ShouldBe([("a", 3, false), ("b", 2, true)]);
        known.Flags["a"].Definition.ToJson().ShouldBe((Half with { Enabled = false }).ToJson());
    }

    [Fact]
    public async Task Set_OfSeveralWhoSawTheSame_OneWinsAndTheOthersAreTold()
    {
        var changes = await Task.WhenAll(Enumerable.Range(1, 5).Select(async share =>
        {
            try
            {
                return (await Flags.SetAsync("a", new FlagDefinition(Filters: [new FlagFilter(Percentage: share)]), 0, "ann", "", Token)).Revision;
            }
            catch (MetadataException exception) when (exception.Error == MetadataError.Conflict)
            {
                exception.Message.ShouldContain("has revision 1 by now, not 0");
                return 0;
            }
        }));
        changes.Order().ShouldBe([0, 0, 0, 0, 1]);
    }

    [Fact]
    public async Task Enable_KnownProjectBuiltInOrNot_KeepsWhatElseItSays()
    {
        (await Flags.EnableAsync("a", false, Half, "ann", "", Token)).Definition.ToJson().ShouldBe((Half with { Enabled = false }).ToJson());
        (await Flags.EnableAsync("a", true, null, "ann", "", Token)).Definition.ToJson().ShouldBe(Half.ToJson());
        (await Flags.EnableAsync("shadow", false, null, "ann", "", Token)).Definition.Enabled.ShouldBeFalse();
        (await Should.ThrowAsync<MetadataException>(() => Flags.EnableAsync("shadows", false, null, "ann", "", Token))).Error.ShouldBe(MetadataError.NotFound);
    }

    [Fact]
    public async Task Remove_ThenDefinedAnew_NoRevisionComesTwice()
    {
        await Flags.SetAsync("a", Half, null, "ann", "", Token);
        (await Should.ThrowAsync<MetadataException>(() => Flags.RemoveAsync("a", 9, "ann", "", Token))).Error.ShouldBe(MetadataError.Conflict);
        (await Flags.RemoveAsync("a", 1, "ann", "done", Token)).ShouldBeTrue();
        (await Flags.RemoveAsync("a", null, "ann", "", Token)).ShouldBeFalse();
        (await Flags.RevisionAsync(Token)).ShouldBe(2);
        (await Flags.SetAsync("a", Half, 0, "ann", "", Token)).Revision.ShouldBe(3);
        var events = await new EventLog(Store).ListAsync("flag:a", cancellation: Token);
        events.Select(e => e.Action).ShouldBe(["flag.changed", "flag.removed", "flag.changed"]);
        var removed = JsonNode.Parse(events[1].Detail)!;
        ((string?)removed["reason"], removed["flag"], (double?)removed["previous"]!["filters"]![0]!["targeting"]!["default_rollout_percentage"]).ShouldBe(("done", null, 50));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("ä")]
    public async Task Set_NameOrDefinitionWrong_Refused(string name)
    {
        (await Should.ThrowAsync<MetadataException>(() => Flags.SetAsync(name, Half, null, "ann", "", Token))).Error.ShouldBe(MetadataError.Invalid);
        (await Should.ThrowAsync<MetadataException>(() => Flags.SetAsync("a", new FlagDefinition(Filters: [new FlagFilter(Percentage: 101)]), null, "ann", "", Token))).Error.ShouldBe(MetadataError.Invalid);
        (await Flags.RevisionAsync(Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Read_OfAnotherVersion_SaysWhich()
    {
        await Store.WriteAsync(connection => connection.Execute("INSERT INTO flags (name, revision, body, last_update_time) VALUES ('a', 1, '{\"filters\":[{\"moon\":\"full\"}]}', 0)"), Token);
        (await Should.ThrowAsync<MetadataException>(() => Flags.ReadAsync(Token))).Message.ShouldContain("Flag a was written by another version");
    }
}
