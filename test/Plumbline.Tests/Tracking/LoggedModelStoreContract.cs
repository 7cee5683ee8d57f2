using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Tracking;

/// <summary>Logged models over a metadata store of any kind.</summary>
public abstract class LoggedModelStoreContract : BackendTests
{
    [Fact]
    public async Task Get_MeasuredByARun_ShowsTheLatestPoint()
    {
        var (tracking, models) = (new TrackingStore(Store, TimeProvider.System), new LoggedModelStore(Store, TimeProvider.System));
        var run = await tracking.CreateRunAsync(new NewRun(), Token);
        var model = await models.CreateAsync(new NewLoggedModel { Name = "m", SourceRunId = run.Id, Params = [new("C", "1")] }, Token);
        model.Id.ShouldMatch("^m-[0-9a-f]{32}$");
        foreach (var (value, step) in ((double, long)[])[(0.9, 2), (0.5, 1)])
            await tracking.LogAsync(run.Id, new RunBatch { Metrics = [new Metric("f1", value, step, 0) { ModelId = model.Id, DatasetName = "d" }] }, Token);
        (await models.GetAsync(model.Id, Token)).Metrics.ShouldHaveSingleItem().ShouldBe(new LoggedModelMetric(run.Id, new Metric("f1", 0.9, 2, 0) { ModelId = model.Id, DatasetName = "d" }));
        await models.CreateAsync(new NewLoggedModel { Name = "other" }, Token);
        var found = await models.SearchAsync(new LoggedModelQuery { Filter = "metrics.f1 > 0.8 AND params.C = '1' AND name = 'm' AND status = 'PENDING'" }, Token);
        found.Models.ShouldHaveSingleItem().Id.ShouldBe(model.Id);
        (await models.SearchAsync(new LoggedModelQuery { OrderBy = ["metrics.f1 DESC"] }, Token)).Models.Select(each => each.Name).ShouldBe(["m", "other"]);
        await models.DeleteAsync(model.Id, Token);
        await Refused(MetadataError.NotFound, () => models.GetAsync(model.Id, Token));
        await Refused(MetadataError.NotFound, () => tracking.LogAsync(run.Id, new RunBatch { Metrics = [new Metric("f1", 1, 3, 0) { ModelId = model.Id }] }, Token));
        await Refused(MetadataError.Invalid, () => models.CreateAsync(new NewLoggedModel { Name = "a/b" }, Token));
    }

    [Fact]
    public async Task Search_MeasuredOnDataSets_ComparesAndSortsByTheseOnly()
    {
        var (tracking, models) = (new TrackingStore(Store, TimeProvider.System), new LoggedModelStore(Store, TimeProvider.System));
        var run = await tracking.CreateRunAsync(new NewRun(), Token);
        foreach (var (name, train, test) in ((string, double, double)[])[("a", 0.9, 0.5), ("b", 0.8, 0.7), ("c", 0.7, 0.6)])
        {
            var id = (await models.CreateAsync(new NewLoggedModel { Name = name }, Token)).Id;
            Metric On(string set, string digest, double value, long step) => new("f1", value, step, 0) { ModelId = id, DatasetName = set, DatasetDigest = digest };
            await tracking.LogAsync(run.Id, new RunBatch { Metrics = [On("test", "1", test, 1), On("test", "2", 0.1, 0), On("train", "1", train, 2)] }, Token);
        }
        await models.CreateAsync(new NewLoggedModel { Name = "d" }, Token);
        (await Names(new LoggedModelQuery { Filter = "metrics.f1 > 0.75" })).ShouldBe(["a", "b"]);
        (await Names(new LoggedModelQuery { Filter = "metrics.f1 > 0.55", Datasets = [new("test", null)] })).ShouldBe(["b", "c"]);
        (await Names(new LoggedModelQuery { Filter = "metrics.f1 > 0.55", Datasets = [new("test", "2")] })).ShouldBeEmpty();
        (await Names(new LoggedModelQuery { Datasets = [new("test", "2"), new("valid", null)] })).ShouldBe(["a", "b", "c"]);
        (await Names(new LoggedModelQuery { Datasets = [new("valid", null)] })).ShouldBeEmpty();
        (await Names(new LoggedModelQuery { Filter = "metrics.f1 < 0.85", Datasets = [new("train", "1")], OrderBy = ["metrics.f1 DESC"], OrderDataset = new("test", "1") })).ShouldBe(["b", "c"]);
        var first = await models.SearchAsync(new LoggedModelQuery { OrderBy = ["metrics.f1 DESC"], OrderDataset = new("test", null), Limit = 1 }, Token);
        first.Models.Single().Name.ShouldBe("b");
        (await Names(new LoggedModelQuery { OrderBy = ["metrics.f1 DESC"], OrderDataset = new("test", null), PageToken = first.NextPageToken })).ShouldBe(["c", "a", "d"]);
        await Refused(MetadataError.Invalid, () => Names(new LoggedModelQuery { OrderBy = ["metrics.f1 DESC"], OrderDataset = new("train", null), PageToken = first.NextPageToken }));

        async Task<string[]> Names(LoggedModelQuery query) =>
            [.. (await models.SearchAsync(query with { OrderBy = query.OrderBy.Count > 0 ? query.OrderBy : ["name"] }, Token)).Models.Select(model => model.Name)];
    }

    private static async Task<MetadataException> Refused(MetadataError error, Func<Task> call)
    {
        var exception = await Should.ThrowAsync<MetadataException>(call);
        exception.Error.ShouldBe(error, exception.Message);
        return exception;
    }
}
