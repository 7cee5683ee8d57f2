using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Registry;

/// <summary>The registry over a metadata store of any kind.</summary>
public abstract class ModelRegistryContract : BackendTests
{
    private readonly ManualTime _time = new();

    private ModelRegistry Registry => RegistryOf(Store);

    [Fact]
    public async Task Register_NewModel_VersionOneWithEverythingGiven()
    {
        var version = await Registry.RegisterAsync(
            "reviews",
            new NewModelVersion
            {
                BundleDigest = Digest(1),
                RunId = new string('b', 32),
                SnapshotDigest = Digest(2),
                Description = "first",
                Tags = [KeyValuePair.Create("team", "a")],
            },
            "ann", Token);
        (version.Name, version.Version, version.BundleDigest, version.RunId, version.SnapshotDigest, version.Description, version.CreationTime)
            .ShouldBe(("reviews", 1, Digest(1), new string('b', 32), Digest(2), "first", _time.UnixMilliseconds));
        version.Tags.ShouldBe([KeyValuePair.Create("team", "a")]);
        (await Registry.ResolveAsync("reviews/1", Token)).ShouldBeEquivalentTo(version);
        (await Events()).ShouldBe(["ann model.created reviews", "ann version.registered reviews/1"]);
    }

    [Fact]
    public async Task Register_SameBundleAgain_SameVersionAndNoEvent()
    {
        await Register("reviews", 1);
        await Register("reviews", 2);
        var events = await Events();
        (await Register("reviews", 1)).ShouldBe(1);
        (await Register("reviews", 3)).ShouldBe(3);
        (await Register("tickets", 3)).ShouldBe(1, "each model has numbers of its own");
        (await Events()).Take(events.Count).ShouldBe(events);
        (await Registry.ListVersionsAsync("reviews", cancellation: Token)).Select(version => version.Version).ShouldBe([3, 2, 1]);
    }

    [Fact]
    public async Task Register_BadInput_NothingMade()
    {
        await Refused(MetadataError.NotFound, () => Register("reviews", 999));
        await Refused(MetadataError.Invalid, () => Register("re views", 1));
        await Refused(MetadataError.Invalid, () => Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = "../x" }, "ann", Token));
        await Refused(MetadataError.Invalid, () => Registry.RegisterAsync("reviews", new NewModelVersion { BundleDigest = Digest(1), RunId = "x" }, "ann", Token));
        (await Registry.ListModelsAsync(Token)).ShouldBeEmpty();
        (await Events()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Register_TwoStoresAtOnce_NumbersUniqueWithoutGaps()
    {
        ModelRegistry[] registries = [Registry, RegistryOf(OpenAnother())];
        // Every bundle is registered twice, once by each store.
        var versions = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Register("reviews", i / 2, registries[i % 2])));
        for (var i = 0; i < 100; i += 2)
            versions[i].ShouldBe(versions[i + 1]);
        versions.Distinct().Order().ShouldBe(Enumerable.Range(1, 50).Select(i => (long)i));
        (await Registry.GetModelAsync("reviews", Token)).LastVersion.ShouldBe(50);
    }

    [Fact]
    public async Task SetAlias_MovedAndRepeated_ResolvesAndRecordsWhy()
    {
        await Register("reviews", 1);
        await Register("reviews", 2);
        (await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "first", Token)).ShouldBe(new AliasChange("reviews", "champion", 1, null));
        (await Registry.SetAliasAsync("reviews", "champion", 2, "bob", "macro-F1 +.01", Token)).Previous.ShouldBe(1);
        (await Registry.SetAliasAsync("reviews", "champion", 2, "bob", "again", Token)).Changed.ShouldBeFalse();

        Registry.Resolve("reviews@champion").Version.ShouldBe(2);
        (await Registry.ResolveAsync("reviews@champion", Token)).Aliases.ShouldBe(["champion"]);
        (await Registry.GetModelAsync("reviews", Token)).Aliases.ShouldBe([KeyValuePair.Create("champion", 2L)]);

        var events = await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token);
        events.Select(e => $"{e.Actor} {e.Action}").ShouldBe(["ann alias.set", "bob alias.set"]);
        var detail = JsonNode.Parse(events[1].Detail)!;
        ((long)detail["version"]!, (long)detail["previous"]!, (string)detail["reason"]!).ShouldBe((2, 1, "macro-F1 +.01"));
    }

    [Fact]
    public async Task SetAlias_TwoStoresAtOnce_EventsFormOneChainToTheWinner()
    {
        ModelRegistry[] registries = [Registry, RegistryOf(OpenAnother())];
        for (var i = 0; i < 5; i++)
            await Register("reviews", i);
        var changes = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => registries[i % 2].SetAliasAsync("reviews", "champion", 1 + (i % 5), "ann", $"{i}", Token)));

        var events = (await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token)).Select(e => JsonNode.Parse(e.Detail)!).ToList();
        events.Count.ShouldBe(changes.Count(change => change.Changed));
        long? at = null;
        foreach (var e in events)
        {
            ((long?)e["previous"]).ShouldBe(at);
            at = (long)e["version"]!;
        }
        Registry.Resolve("reviews@champion").Version.ShouldBe(at!.Value);
    }

    [Fact]
    public async Task MoveAlias_TwoStoresSawTheSame_OneWinsAndTheOthersAreTold()
    {
        ModelRegistry[] registries = [Registry, RegistryOf(OpenAnother())];
        for (var i = 0; i < 9; i++)
            await Register("reviews", i);
        (await Registry.MoveAliasAsync("reviews", "champion", null, 1, "ann", "first", Token)).Previous.ShouldBeNull();
        var moves = Enumerable.Range(2, 8).Select(version => registries[version % 2].MoveAliasAsync("reviews", "champion", 1, version, "ann", "", Token)).ToArray();
        await Task.WhenAll(moves).ContinueWith(_ => { }, TaskScheduler.Default);
        var winner = (await moves.Single(move => move.IsCompletedSuccessfully)).Version;
        Registry.Resolve("reviews@champion").Version.ShouldBe(winner);
        foreach (var move in moves.Where(move => move.IsFaulted))
            (await Refused(MetadataError.Conflict, () => move)).Message.ShouldBe($"reviews@champion is version {winner} by now, not version 1 as expected. Look at what changed, and decide again.");
        (await Registry.MoveAliasAsync("reviews", "champion", 1, winner, "ann", "again", Token)).Changed.ShouldBeFalse("a repeated act changes nothing");
        (await new EventLog(Store).ListAsync("reviews@champion", cancellation: Token)).Count.ShouldBe(2);
        (await Refused(MetadataError.Conflict, () => Registry.MoveAliasAsync("reviews", "challenger", 1, 2, "ann", "", Token))).Message.ShouldContain("is nothing by now");
    }

    [Fact]
    public async Task ListModels_NamesOfAllKinds_OrderedByTheirBytes()
    {
        string[] names = ["b", "a", "B", "A", "_", "a-b", "ab", "a.b", "10", "9"];
        foreach (var name in names)
            await Register(name, 1);
        (await Registry.ListModelsAsync(Token)).Select(model => model.Name).ShouldBe(names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task SetAlias_UnknownVersion_NotFoundAndAliasStays()
    {
        await Register("reviews", 1);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        (await Refused(MetadataError.NotFound, () => Registry.SetAliasAsync("reviews", "champion", 7, "ann", "", Token))).Message.ShouldContain("version 7");
        (await Refused(MetadataError.NotFound, () => Registry.SetAliasAsync("nothing", "champion", 1, "ann", "", Token))).Message.ShouldContain("'nothing'");
        Registry.Resolve("reviews@champion").Version.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a@b")]
    [InlineData("..")]
    [InlineData("größe")]
    [InlineData("a\n")]
    public async Task SetAlias_NameBreaksRules_Invalid(string alias)
    {
        await Register("reviews", 1);
        await Refused(MetadataError.Invalid, () => Registry.SetAliasAsync("reviews", alias, 1, "ann", "", Token));
    }

    [Fact]
    public async Task SetAlias_LongestNameAllowed_OneMoreIsNot()
    {
        await Register("reviews", 1);
        await Registry.SetAliasAsync("reviews", new string('a', 255), 1, "ann", "", Token);
        await Refused(MetadataError.Invalid, () => Registry.SetAliasAsync("reviews", new string('a', 256), 1, "ann", "", Token));
    }

    [Fact]
    public async Task DeleteAlias_Twice_GoneThenFalse()
    {
        await Register("reviews", 1);
        await Registry.SetAliasAsync("reviews", "challenger", 1, "ann", "try", Token);
        (await Registry.DeleteAliasAsync("reviews", "challenger", "bob", "lost", Token)).ShouldBeTrue();
        (await Registry.DeleteAliasAsync("reviews", "challenger", "bob", "lost", Token)).ShouldBeFalse();
        await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("reviews@challenger", Token));
        await Refused(MetadataError.NotFound, () => Registry.DeleteAliasAsync("nothing", "challenger", "bob", "", Token));
        (await Events())[^1].ShouldBe("bob alias.deleted reviews@challenger");
    }

    [Fact]
    public async Task Resolve_Unknown_SaysWhatThereIs()
    {
        await Register("reviews", 1);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        (await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("reviews@other", Token))).Message.ShouldContain("it has: champion");
        (await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("reviews/2", Token))).Message.ShouldContain("its last is 1");
        await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("nothing@champion", Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("reviews")]
    [InlineData("reviews/")]
    [InlineData("reviews/-1")]
    [InlineData("reviews/x")]
    [InlineData("reviews/99999999999999999999")]
    [InlineData("reviews@")]
    [InlineData("@champion")]
    [InlineData("reviews@champion@x")]
    public Task Resolve_Malformed_Invalid(string reference) => Refused(MetadataError.Invalid, () => Registry.ResolveAsync(reference, Token));

    [Fact]
    public async Task ListVersions_PageByPage_NewestFirst()
    {
        for (var i = 0; i < 5; i++)
            await Register("reviews", i);
        (await Registry.ListVersionsAsync("reviews", 2, cancellation: Token)).Select(version => version.Version).ShouldBe([5, 4]);
        (await Registry.ListVersionsAsync("reviews", 2, 4, Token)).Select(version => version.Version).ShouldBe([3, 2]);
        await Refused(MetadataError.NotFound, () => Registry.ListVersionsAsync("nothing", cancellation: Token));
    }

    [Fact]
    public async Task ListEvents_ReadOnFromLastSeen_NothingMissedOrRepeated()
    {
        for (var i = 0; i < 5; i++)
            await Register("reviews", i);
        var log = new EventLog(Store);
        var seen = new List<long>();
        while (await log.ListAsync(after: seen.LastOrDefault(), limit: 2, cancellation: Token) is { Count: > 0 } page)
            seen.AddRange(page.Select(e => e.Id));
        seen.ShouldBe(Enumerable.Range(1, 6).Select(i => (long)i));
    }

    protected static string Digest(int bundle) => $"{bundle:x64}";

    private static ModelRegistry RegistryOf(IMetadataStore store, TimeProvider time) => new(store, digest => digest != Digest(999), time);

    private ModelRegistry RegistryOf(IMetadataStore store) => RegistryOf(store, _time);

    private async Task<long> Register(string name, int bundle, ModelRegistry? registry = null) =>
        (await (registry ?? Registry).RegisterAsync(name, new NewModelVersion { BundleDigest = Digest(bundle) }, "ann", Token)).Version;

    private async Task<List<string>> Events() =>
        [.. (await new EventLog(Store).ListAsync(cancellation: Token)).Select(e => $"{e.Actor} {e.Action} {e.Subject}")];

    private static async Task<MetadataException> Refused(MetadataError error, Func<Task> call)
    {
        var exception = await Should.ThrowAsync<MetadataException>(call);
        exception.Error.ShouldBe(error, exception.Message);
        return exception;
    }
}
