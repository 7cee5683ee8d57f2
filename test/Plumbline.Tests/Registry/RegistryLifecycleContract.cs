using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Tests.Pipelines.Workers;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Registry;

/// <summary>What happens to models and versions after they were registered, over a metadata store of any kind.</summary>
public abstract class RegistryLifecycleContract : BackendTests
{
    private static readonly VersionRetention All = new() { Newest = 0 };

    private readonly ManualTime _time = new();

    private ModelRegistry Registry => new(Store, digest => digest != Digest(999), _time);

    [Fact]
    public async Task Rename_WithAllThatBelongsToIt_FoundUnderTheNewNameOnly()
    {
        await Register("old", 1);
        await Register("old", 2);
        await Registry.SetAliasAsync("old", "champion", 2, "ann", "", Token);
        await Registry.SetModelTagAsync("old", "team", "nlp", "ann", Token);
        await Registry.SetVersionTagAsync("old", 1, "k", "v", "ann", Token);
        (await Registry.RenameModelAsync("old", "new", "ann", Token)).LastVersion.ShouldBe(2);
        (await Registry.ResolveAsync("new@champion", Token)).Version.ShouldBe(2);
        (await Registry.ResolveAsync("new/1", Token)).Tags.ShouldBe([KeyValuePair.Create("k", "v")]);
        (await Registry.GetModelAsync("new", Token)).Tags.ShouldBe([KeyValuePair.Create("team", "nlp")]);
        await Refused(MetadataError.NotFound, () => Registry.GetModelAsync("old", Token));
        (await Registry.RenameModelAsync("old", "new", "ann", Token)).Name.ShouldBe("new", "a client that got no answer asks again");
        (await Events("model.renamed")).ShouldBe(["old"]);
    }

    [Fact]
    public async Task Rename_NameTaken_Conflict()
    {
        await Register("a", 1);
        await Register("b", 1);
        await Refused(MetadataError.Conflict, () => Registry.RenameModelAsync("a", "b", "ann", Token));
        await Refused(MetadataError.Invalid, () => Registry.RenameModelAsync("a", "x/y", "ann", Token));
        await Refused(MetadataError.NotFound, () => Registry.RenameModelAsync("c", "d", "ann", Token));
    }

    [Fact]
    public async Task Delete_ModelOrVersion_NumbersAreNeverGivenOutAgain()
    {
        await Register("reviews", 1);
        await Register("reviews", 2);
        await Registry.DeleteVersionAsync("reviews", 2, "ann", Token);
        (await Register("reviews", 2)).ShouldBe(3);
        await Registry.DeleteModelAsync("reviews", "ann", Token);
        await Refused(MetadataError.NotFound, () => Registry.GetModelAsync("reviews", Token));
        (await Register("reviews", 1)).ShouldBe(4);
        await Registry.RenameModelAsync("reviews", "other", "ann", Token);
        (await Register("reviews", 1)).ShouldBe(5);
        await Registry.DeleteModelAsync("reviews", "ann", Token);
        await Registry.RenameModelAsync("other", "reviews", "ann", Token);
        (await Register("reviews", 9)).ShouldBe(6);
    }

    [Fact]
    public async Task Delete_AliasPointsToIt_ConflictThatNamesIt()
    {
        await Register("reviews", 1);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        (await Refused(MetadataError.Conflict, () => Registry.DeleteVersionAsync("reviews", 1, "ann", Token))).Message.ShouldContain("champion");
        (await Refused(MetadataError.Conflict, () => Registry.DeleteModelAsync("reviews", "ann", Token))).Message.ShouldContain("champion");
        await Registry.DeleteAliasAsync("reviews", "champion", "ann", "", Token);
        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        (await Registry.GetModelAsync("reviews", Token)).LatestVersions.ShouldBeEmpty();
        (await Events("version.deleted")).ShouldBe(["reviews/1"]);
    }

    [Fact]
    public async Task SetStage_ArchivingOthers_OneIsLeftThere()
    {
        for (var i = 1; i <= 3; i++)
            await Register("reviews", i);
        await Registry.SetStageAsync("reviews", 1, ModelStage.Production, archiveOthers: false, "ann", Token);
        await Registry.SetStageAsync("reviews", 2, ModelStage.Staging, archiveOthers: true, "ann", Token);
        (await Registry.SetStageAsync("reviews", 2, ModelStage.Production, archiveOthers: true, "ann", Token)).Stage.ShouldBe(ModelStage.Production);
        (await Registry.GetVersionAsync("reviews", 1, Token)).Stage.ShouldBe(ModelStage.Archived);
        (await Registry.GetModelAsync("reviews", Token)).LatestVersions.Select(version => (version.Version, version.Stage))
            .ShouldBe([(1L, ModelStage.Archived), (2L, ModelStage.Production), (3L, ModelStage.None)]);
        var events = await Events("version.staged");
        await Registry.SetStageAsync("reviews", 2, ModelStage.Production, archiveOthers: true, "ann", Token);
        (await Events("version.staged")).ShouldBe(events, "nothing changed");
        await Refused(MetadataError.Invalid, () => Registry.SetStageAsync("reviews", 2, ModelStage.Archived, archiveOthers: true, "ann", Token));
    }

    [Fact]
    public async Task RegisterSource_LoggedModelVersionOrAddress_FollowedToWhatIsStored()
    {
        var tracking = new TrackingStore(Store, _time);
        var models = new LoggedModelStore(Store, _time);
        var run = await tracking.CreateRunAsync(new NewRun(), Token);
        var logged = await models.CreateAsync(new NewLoggedModel { SourceRunId = run.Id }, Token);
        await Registry.CreateModelAsync("my model", "", [], "ann", Token);
        var first = await Source("my model", $"models:/{logged.Id}");
        (first.Version, first.RunId, first.LoggedModelId, first.BundleDigest).ShouldBe((1, run.Id, logged.Id, null));
        Should.Throw<MetadataException>(first.RequireBundle).Message.ShouldContain("my model/1");
        (await models.GetAsync(logged.Id, Token)).Tags["mlflow.modelVersions"].ShouldBe("""[{"name":"my model","version":1}]""");

        await Register("reviews", 7);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        (await Source("my model", "models:/reviews@champion")).BundleDigest.ShouldBe(Digest(7), "a version that is copied keeps its bundle");
        (await Source("my model", BundleAddress.Of(Digest(7)))).Version.ShouldBe(2, "a bundle has one number in a model");
        (await Source("my model", "models:/my model/1")).LoggedModelId.ShouldBe(logged.Id);
        (await Source("my model", "runs:/abc/model")).RunId.ShouldBe("abc");
        await Refused(MetadataError.NotFound, () => Source("my model", BundleAddress.Of(Digest(999))));
        await Refused(MetadataError.NotFound, () => Source("my model", "models:/nothing/1"));
        foreach (var path in (string[])["/etc", "file:///etc", "C:\\x", "s3://a/../b", "mlflow-artifacts:/../x"])
            await Refused(MetadataError.Invalid, () => Source("my model", path));
    }

    [Fact]
    public async Task Search_FilterOrderAndPages_EachOnce()
    {
        for (var i = 1; i <= 5; i++)
        {
            await Register("reviews", i);
            await Registry.SetVersionTagAsync("reviews", i, "odd", (i % 2 == 1).ToString(), "ann", Token);
        }
        await Register("tickets", 1);
        var seen = new List<long>();
        string? token = null;
        do
        {
            var page = await Registry.SearchVersionsAsync(
                new RegistryQuery { Filter = "name = 'reviews' AND tags.odd = 'True' AND version_number >= 1", OrderBy = ["version_number ASC"], Limit = 2, PageToken = token }, Token);
            seen.AddRange(page.Versions.Select(version => version.Version));
            token = page.NextPageToken;
        }
        while (token is not null);
        seen.ShouldBe([1, 3, 5]);
        (await Registry.SearchVersionsAsync(new RegistryQuery { Filter = $"source_path = '{BundleAddress.Of(Digest(1))}'", OrderBy = ["name DESC"] }, Token))
            .Versions.Select(version => version.Name).ShouldBe(["tickets", "reviews"]);
        await Registry.SetModelTagAsync("tickets", "mlflow.prompt.is_prompt", "true", "ann", Token);
        (await Registry.SearchModelsAsync(new RegistryQuery { Filter = "tags.`mlflow.prompt.is_prompt` != 'true'" }, Token)).Models.Select(model => model.Name).ShouldBe(["reviews"]);
        await Refused(MetadataError.Invalid, () => Registry.SearchModelsAsync(new RegistryQuery { Limit = 1001 }, Token));
        await Refused(MetadataError.Invalid, () => Registry.SearchVersionsAsync(new RegistryQuery { Filter = "bundle = 'x'" }, Token));
    }

    [Fact]
    public async Task Prune_KeepsNewestAndWhatIsDeployed_AndReleasesTheOthersBundles()
    {
        for (var i = 1; i <= 6; i++)
            await Register("reviews", i);
        await Register("tickets", 2);
        await Registry.SetAliasAsync("reviews", "champion", 1, "ann", "", Token);
        await Registry.SetStageAsync("reviews", 3, ModelStage.Staging, false, "ann", Token);
        await Registry.SetStageAsync("reviews", 4, ModelStage.Archived, false, "ann", Token);
        var retention = new VersionRetention { Newest = 2 };
        var plan = await Registry.PlanPruneAsync("reviews", retention, Token);
        plan.Where(pruned => pruned.Removed).Select(pruned => pruned.Version.Version).ShouldBe([4, 2]);
        (await Registry.ListVersionsAsync("reviews", cancellation: Token)).Count.ShouldBe(6, "a plan changes nothing");

        await Registry.PruneAsync("reviews", retention, "ann", Token);
        (await Registry.ListVersionsAsync("reviews", cancellation: Token)).Select(version => version.Version).ShouldBe([6, 5, 3, 1]);
        (await Registry.ListReleasedBundlesAsync(Token)).ShouldBe([Digest(4)], "the bundle of 2 has a version of another model");
        var removed = new List<string>();
        (await Registry.CollectBundlesAsync(retention, Remove, Token)).ShouldBe([Digest(4)]);
        removed.ShouldBe([Digest(4)]);
        (await Registry.CollectBundlesAsync(retention, Remove, Token)).ShouldBeEmpty();

        Task Remove(string digest)
        {
            removed.Add(digest);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Prune_ServedOrDeployedLately_KeptWithTheReasonUntilItIsLongAgo()
    {
        for (var i = 1; i <= 5; i++)
            await Register("reviews", i);
        foreach (var version in (int[])[1, 2, 5])
            await Registry.SetAliasAsync("reviews", "champion", version, "ann", "", Token);
        await Registry.SetAliasAsync("reviews", "challenger", 3, "ann", "", Token);
        await Registry.DeleteAliasAsync("reviews", "challenger", "ann", "", Token);
        await Registry.CreateModelAsync("reviewsA", "", [], "ann", Token);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(10).TotalMilliseconds;
        var retention = new VersionRetention
        {
            Newest = 0,
            ServedWithin = TimeSpan.FromDays(90),
            LastServed = new Dictionary<string, long> { [Digest(4)] = _time.UnixMilliseconds - 1, ["reviews/2"] = _time.UnixMilliseconds, ["other/3"] = _time.UnixMilliseconds },
        };
        (await Registry.PlanPruneAsync("reviews", retention, Token)).Select(pruned => pruned.Reason).ShouldBe(
        [
            "deployed as champion", "answered until 2023-11-24", "was challenger until 2023-11-14", "answered until 2023-11-24", "was champion until 2023-11-14",
        ]);
        (await Registry.PlanPruneAsync("reviews", retention with { ServedWithin = TimeSpan.FromDays(5) }, Token)).Where(pruned => pruned.Removed).Select(pruned => pruned.Version.Version).ShouldBe([3, 1]);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(100).TotalMilliseconds;
        (await Registry.PlanPruneAsync("reviews", retention, Token)).Count(pruned => pruned.Removed).ShouldBe(4);
    }

    [Fact]
    public async Task CollectBundles_ThatAnActiveRunOfAPipelineNames_StaysUntilTheRunHasEnded()
    {
        await Register("reviews", 1);
        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        var pipelines = new PipelineStore(Store, _time);
        var run = await pipelines.StartAsync(TestPipelines.Squares(), TestPipelines.Request($$"""{"note": "{{Digest(1)}}"}"""), Token);
        (await Registry.CollectBundlesAsync(All, _ => Task.CompletedTask, Token)).ShouldBeEmpty();
        await pipelines.CancelAsync(run.Id, "ann", "", Token);
        (await Registry.CollectBundlesAsync(All, _ => Task.CompletedTask, Token)).ShouldBe([Digest(1)]);
    }

    [Fact]
    public async Task CollectBundles_OfADeletedVersionThatAnsweredLately_StaysUntilItIsLongAgo()
    {
        await Register("reviews", 1);
        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        var retention = new VersionRetention { Newest = 0, ServedWithin = TimeSpan.FromDays(1), LastServed = new Dictionary<string, long> { [Digest(1)] = _time.UnixMilliseconds } };
        (await Registry.CollectBundlesAsync(retention, _ => Task.CompletedTask, Token)).ShouldBeEmpty();
        (await Registry.ListReleasedBundlesAsync(Token)).ShouldBe([Digest(1)]);
        await Should.ThrowAsync<IOException>(() => Registry.CollectBundlesAsync(All, _ => throw new IOException("disk"), Token));
        (await Registry.CollectBundlesAsync(retention, _ => Task.CompletedTask, Token)).ShouldBe([Digest(1)], "half of it may be gone already");
    }

    [Fact]
    public async Task Annotate_ModelAndVersions_NotesAreKeptInOrderWithWhoAndWhen()
    {
        await Register("reviews", 1);
        await Register("reviews", 2);
        (await Registry.AnnotateAsync("reviews", null, "owned by the shop", "ann", Token)).ShouldBe(new Annotation(1, null, "owned by the shop", "ann", _time.UnixMilliseconds));
        _time.UnixMilliseconds += 5;
        await Registry.AnnotateAsync("reviews", 1, "weak on irony", "bob", Token);
        await Registry.AnnotateAsync("reviews", 1, "weak on irony", "bob", Token);
        await Registry.AnnotateAsync("reviews", 1, "weak on irony", "ann", Token);
        await Refused(MetadataError.NotFound, () => Registry.AnnotateAsync("reviews", 3, "x", "ann", Token));
        await Refused(MetadataError.NotFound, () => Registry.AnnotateAsync("tickets", null, "x", "ann", Token));
        await Refused(MetadataError.Invalid, () => Registry.AnnotateAsync("reviews", 1, " ", "ann", Token));
        await Refused(MetadataError.Invalid, () => Registry.AnnotateAsync("reviews", 1, new string('x', 5001), "ann", Token));

        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        await Registry.RenameModelAsync("reviews", "books", "ann", Token);
        (await Registry.ListAnnotationsAsync("books", Token)).Select(note => (note.Version, note.Author)).ShouldBe([(null, "ann"), (1L, "bob"), (1L, "ann")]);
        (await Events("version.annotated")).ShouldBe(["reviews/1", "reviews/1"]);
        (await Events("model.annotated")).ShouldBe(["reviews"]);
        await Registry.DeleteModelAsync("books", "ann", Token);
        await Register("books", 2);
        (await Registry.ListAnnotationsAsync("books", Token)).ShouldBeEmpty("it is another model");
    }

    [Fact]
    public async Task Resolve_RemovedVersion_SaysWhereItsStoryIs()
    {
        await Register("reviews", 1);
        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        (await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("reviews/1", Token))).Message.ShouldContain("plumbline audit --subject reviews/1");
        (await Refused(MetadataError.NotFound, () => Registry.ResolveAsync("reviews/2", Token))).Message.ShouldContain("its last is 1");
    }

    [Fact]
    public async Task CollectBundles_BrokenOff_BundleGetsNoVersionUntilItIsDone()
    {
        await Register("reviews", 1);
        await Registry.DeleteVersionAsync("reviews", 1, "ann", Token);
        await Register("reviews", 1);
        (await Registry.ListReleasedBundlesAsync(Token)).ShouldBeEmpty("it has a version again");
        await Registry.DeleteVersionAsync("reviews", 2, "ann", Token);
        await Should.ThrowAsync<IOException>(() => Registry.CollectBundlesAsync(All, _ => throw new IOException("disk"), Token));
        await Refused(MetadataError.Conflict, () => Register("reviews", 1));
        (await Registry.CollectBundlesAsync(All, _ => Task.CompletedTask, Token)).ShouldBe([Digest(1)]);
        (await Register("reviews", 1)).ShouldBe(3);
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("v12")]
    [InlineData("12")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task SetClientAlias_NameMeansAVersion_Invalid(string alias)
    {
        await Register("reviews", 1);
        await Refused(MetadataError.Invalid, () => Registry.SetClientAliasAsync("reviews", alias, 1, "ann", "", Token));
    }

    private static string Digest(int bundle) => $"{bundle:x64}";

    private async Task<long> Register(string name, int bundle) => (await Registry.RegisterAsync(name, new NewModelVersion { BundleDigest = Digest(bundle) }, "ann", Token)).Version;

    private Task<ModelVersion> Source(string name, string source) => Registry.RegisterSourceAsync(name, new NewSourcedVersion { Source = source }, "ann", Token);

    private async Task<List<string>> Events(string action) =>
        [.. (await new EventLog(Store).ListAsync(cancellation: Token)).Where(e => e.Action == action).Select(e => e.Subject)];

    private static async Task<MetadataException> Refused(MetadataError error, Func<Task> call)
    {
        var exception = await Should.ThrowAsync<MetadataException>(call);
        exception.Error.ShouldBe(error, exception.Message);
        return exception;
    }
}
