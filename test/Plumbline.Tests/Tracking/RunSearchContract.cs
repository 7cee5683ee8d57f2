using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tracking;

namespace Plumbline.Tests.Tracking;

/// <summary>Searches over a metadata store of any kind, against a naive one in memory.</summary>
public abstract class RunSearchContract : BackendTests
{
    private const int Runs = 60;

    private TrackingStore Tracking => new(Store, new ManualTime());

    [Theory]
    [InlineData("metrics.f1 > 0.5")]
    [InlineData("metric.f1 <= 0.5 AND metrics.`log loss` != 1")]
    [InlineData("metrics.f1 = 0.25")]
    [InlineData("params.C = '1'")]
    [InlineData("params.C != '1'")]
    [InlineData("params.C LIKE '_%' AND parameters.C ILIKE 'A%'")]
    [InlineData("params.C LIKE 'a%'")]
    [InlineData("params.C LIKE '100\\%'")]
    [InlineData("tags.team = 'nlp'")]
    [InlineData("tag.team != 'nlp'")]
    [InlineData("tag.`mlflow.prompt.is_prompt` != 'true'")]
    [InlineData("attributes.run_name IN ('run 1', 'run 2', 'it''s') AND run.status = 'RUNNING'")]
    [InlineData("run_name NOT IN ('run 1') AND start_time >= 5 AND status != 'FINISHED'")]
    [InlineData("end_time > 0")]
    [InlineData("datasets.name = 'train' AND dataset.context = 'training'")]
    [InlineData("artifact_uri LIKE 'mlflow-artifacts:/%'")]
    public async Task ListRuns_Filter_AsNaive(string filter)
    {
        var all = await FillAsync();
        var expected = all.Where(Naive[filter]).OrderByDescending(run => run.StartTime).ThenBy(run => run.Id, StringComparer.Ordinal).Select(run => run.Id).ToArray();
        (await PagesAsync(new RunQuery { Filter = filter, Limit = 7 })).ShouldBe(expected);
        expected.Length.ShouldBeInRange(1, Runs);
    }

    [Theory]
    [InlineData("metrics.f1 DESC")]
    [InlineData("metrics.f1 ASC", "params.C DESC")]
    [InlineData("params.C", "metrics.f1 DESC")]
    [InlineData("tags.team DESC", "start_time")]
    [InlineData("end_time DESC")]
    [InlineData("attributes.run_name")]
    public async Task ListRuns_Order_MissingAndNanLastWhateverThePage(params string[] order)
    {
        var all = await FillAsync();
        var expected = NaiveOrder(all, order).Select(run => run.Id).ToArray();
        foreach (var limit in (int[])[1, 7, 100])
            (await PagesAsync(new RunQuery { OrderBy = order, Limit = limit })).ShouldBe(expected);
        (await PagesAsync(new RunQuery { OrderBy = order, Limit = 7, Filter = "params.C = '1'" }))
            .ShouldBe(NaiveOrder(all.Where(run => run.Params.GetValueOrDefault("C") == "1"), order).Select(run => run.Id));
    }

    [Theory]
    [InlineData("metrics.f1 > 'high'", "position 14")]
    [InlineData("params.C > '1'", "position 10")]
    [InlineData("params.C = 1", "position 12")]
    [InlineData("tags.team IN ('a')", "position 11")]
    [InlineData("nothing.f1 = 1", "position 1")]
    [InlineData("colour = 'red'", "start_time")]
    [InlineData("params.C LIKE 'a\\'", "position 15")]
    public async Task ListRuns_WrongFilter_SaysWhere(string filter, string part)
    {
        var exception = await Should.ThrowAsync<MetadataException>(() => Tracking.ListRunsAsync(new RunQuery { Filter = filter }, Token));
        exception.Error.ShouldBe(MetadataError.Invalid);
        exception.Message.ShouldContain(part);
    }

    [Fact]
    public async Task ListRuns_ForeignOrChangedToken_Refused()
    {
        await FillAsync();
        var query = new RunQuery { OrderBy = ["metrics.f1"], Limit = 2 };
        var token = (await Tracking.ListRunsAsync(query, Token)).NextPageToken!;
        await Tracking.ListRunsAsync(query with { PageToken = token }, Token);
        foreach (var wrong in (RunQuery[])[query with { PageToken = token, Filter = "start_time > 0" }, query with { PageToken = token, OrderBy = [] }, query with { PageToken = token[..^2] + "AA" }, query with { PageToken = "e30" }, query with { PageToken = "*" }])
            (await Should.ThrowAsync<MetadataException>(() => Tracking.ListRunsAsync(wrong, Token))).Error.ShouldBe(MetadataError.Invalid);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(150)]
    public async Task ListRuns_TextsOfOneBeginning_ToldApart(int length)
    {
        foreach (var text in (string[])[new('é', length), new string('é', length) + "x", new string('é', length - 1) + "x"])
            await Tracking.CreateRunAsync(new NewRun { Data = new RunBatch { Params = [new("p", text)] } }, Token);
        (await Tracking.ListRunsAsync(new RunQuery { Filter = $"params.p = '{new string('é', length)}'" }, Token)).Runs.ShouldHaveSingleItem().Params["p"].Length.ShouldBe(length);
    }

    [Fact]
    public async Task ListRuns_NoExperiment_Nothing() => (await Tracking.ListRunsAsync(new RunQuery { ExperimentIds = [] }, Token)).Runs.ShouldBeEmpty();

    [Fact]
    public async Task ListRuns_MoreThanOneStatementTakes_AllWithTheirData()
    {
        for (var i = 0; i < 3; i++)
            await Task.WhenAll(Enumerable.Range(0, 700).Select(n => Tracking.CreateRunAsync(new NewRun { Data = new RunBatch { Params = [new("n", $"{n}")] } }, Token)));
        var page = await Tracking.ListRunsAsync(new RunQuery { Limit = 50_000 }, Token);
        page.Runs.Count.ShouldBe(2100);
        page.Runs.ShouldAllBe(run => run.Params.ContainsKey("n"));
    }

    private static readonly Dictionary<string, Func<Run, bool>> Naive = new()
    {
        ["metrics.f1 > 0.5"] = run => Value(run, "f1") > 0.5,
        ["metric.f1 <= 0.5 AND metrics.`log loss` != 1"] = run => Value(run, "f1") <= 0.5 && Value(run, "log loss") is { } loss && loss != 1,
        ["metrics.f1 = 0.25"] = run => Value(run, "f1") == 0.25,
        ["params.C = '1'"] = run => run.Params.GetValueOrDefault("C") == "1",
        ["params.C != '1'"] = run => run.Params.TryGetValue("C", out var c) && c != "1",
        ["params.C LIKE '_%' AND parameters.C ILIKE 'A%'"] = run => run.Params.GetValueOrDefault("C") is "Abc" or "abc",
        ["params.C LIKE 'a%'"] = run => run.Params.GetValueOrDefault("C") == "abc",
        ["params.C LIKE '100\\%'"] = run => run.Params.GetValueOrDefault("C") == "100%",
        ["tags.team = 'nlp'"] = run => run.Tags.GetValueOrDefault("team") == "nlp",
        ["tag.team != 'nlp'"] = run => run.Tags.TryGetValue("team", out var team) && team != "nlp",
        ["tag.`mlflow.prompt.is_prompt` != 'true'"] = _ => true,
        ["attributes.run_name IN ('run 1', 'run 2', 'it''s') AND run.status = 'RUNNING'"] = run => run.Name is "run 1" or "run 2" && run.Status == RunStatus.Running,
        ["run_name NOT IN ('run 1') AND start_time >= 5 AND status != 'FINISHED'"] = run => run.Name != "run 1" && run.StartTime >= 5 && run.Status != RunStatus.Finished,
        ["end_time > 0"] = run => run.EndTime > 0,
        ["datasets.name = 'train' AND dataset.context = 'training'"] = run => run.Datasets.Count > 0,
        ["artifact_uri LIKE 'mlflow-artifacts:/%'"] = _ => true,
    };

    private static double? Value(Run run, string key) => run.Metrics.TryGetValue(key, out var metric) ? metric.Value : null;

    private static IEnumerable<Run> NaiveOrder(IEnumerable<Run> runs, string[] order) =>
        order.Append("start_time DESC").Append("run_id").Reverse().Aggregate(runs, (sorted, term) =>
        {
            var parts = term.Split(' ');
            var isDescending = parts is [_, "DESC"];
            // A stable sort by each term, the least first.
            var some = sorted.Where(run => Key(run, parts[0]) is not null).ToArray();
            var comparer = Comparer<object>.Create((a, b) => a is string text ? string.CompareOrdinal(text, (string)b) : Comparer<object>.Default.Compare(a, b));
            var first = isDescending ? some.OrderByDescending(run => Key(run, parts[0])!, comparer) : some.OrderBy(run => Key(run, parts[0])!, comparer);
            return [.. first, .. sorted.Where(run => Key(run, parts[0]) is null)];
        });

    private static object? Key(Run run, string field) => field switch
    {
        "metrics.f1" => Value(run, "f1") is { } value && !double.IsNaN(value) ? value : null,
        "params.C" => run.Params.GetValueOrDefault("C"),
        "tags.team" => run.Tags.GetValueOrDefault("team"),
        "start_time" => run.StartTime,
        "end_time" => run.EndTime,
        "run_id" => run.Id,
        _ => run.Name,
    };

    private async Task<List<string>> PagesAsync(RunQuery query)
    {
        var seen = new List<string>();
        do
        {
            var page = await Tracking.ListRunsAsync(query, Token);
            page.Runs.Count.ShouldBeLessThanOrEqualTo(query.Limit);
            seen.AddRange(page.Runs.Select(run => run.Id));
            query = query with { PageToken = page.NextPageToken };
        }
        while (query.PageToken is not null);
        return seen;
    }

    /// <summary>Runs with ties, gaps, NaN and infinities.</summary>
    private async Task<IReadOnlyList<Run>> FillAsync()
    {
        var random = new RandomSource(5);
        double[] values = [0.25, 0.5, 0.75, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        string[] texts = ["1", "abc", "Abc", "100%", "100x", "é"];
        var created = await Task.WhenAll(Enumerable.Range(0, Runs).Select(i => new NewRun
        {
            Name = $"run {i % 20}",
            StartTime = i / 4,
            Data = new RunBatch
            {
                Metrics = [.. i % 5 == 0 ? Array.Empty<Metric>() : [new Metric("f1", values[random.NextInt32(values.Length)], 0, 0)], new Metric("log loss", random.NextInt32(2), 0, 0)],
                Params = i % 7 == 0 ? [] : [new("C", texts[random.NextInt32(texts.Length)])],
                Tags = i % 3 == 0 ? [] : [new("team", random.NextInt32(2) == 0 ? "nlp" : "vision")],
                Datasets = i % 4 == 0 ? [new RunDataset("train", "d", "local", "{}") { Tags = new Dictionary<string, string> { [WellKnownTags.DataContext] = "training" } }] : [],
            },
        }).Select(run => Tracking.CreateRunAsync(run, Token)));
        await Task.WhenAll(created.Where((_, i) => i % 2 == 0).Select((run, i) => Tracking.FinishRunAsync(run.Id, RunStatus.Finished, i, Token)));
        return (await Tracking.ListRunsAsync(new RunQuery { Limit = Runs }, Token)).Runs;
    }
}
