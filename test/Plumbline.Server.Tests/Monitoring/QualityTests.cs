using System.Globalization;
using System.Text.Json;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Server.Tests.Generations;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Monitoring;

/// <summary>What real servers make of the labels that they take.</summary>
public sealed class QualityTests : IDisposable
{
    private const int Requests = 300;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Feedback_Joined_QualityAndEstimateAreToldAndErrorsAreWatched()
    {
        await using var server = await RunningServer.StartAsync(Options("a"));
        var ids = await PredictAsync(server);
        await FeedbackAsync(server, ids, "1");
        JsonElement report = default;
        await Deployed.UntilAsync(async () => Found(await server.GetAsync("/v1/quality"), out report) && report.GetProperty("immature_labels").GetInt32() == Requests && report.TryGetProperty("estimated", out _));
        report.GetProperty("version").GetString().ShouldBe("reviews/3");
        report.TryGetProperty("measured", out _).ShouldBeFalse("their window is still under way");
        report.GetProperty("requests").GetInt32().ShouldBe(Requests);
        report.GetProperty("reference_macro_f1").GetDouble().ShouldBeInRange(0, 1);
        report.GetProperty("estimated").GetProperty("macro_f1").GetProperty("value").GetDouble().ShouldBeInRange(0.01, 1);
        report.GetProperty("reference_estimated").GetProperty("macro_f1").GetProperty("value").GetDouble().ShouldBeInRange(0.01, 1);
        report.GetProperty("concept_drift").GetProperty("labels").GetInt32().ShouldBe(Requests);
        var metrics = (await server.GetAsync("/metrics")).Body;
        metrics.ShouldContain($$"""plumbline_quality_labels{state="immature",version="reviews/3"} {{Requests}}""");
        metrics.ShouldContain("""plumbline_quality_macro_f1{bound="value",source="estimated",version="reviews/3"}""");
        metrics.ShouldContain("""plumbline_concept_drift{version="reviews/3"} 0""");
        metrics.ShouldContain("""plumbline_data_quality_share{feature="price",kind="missing",version="reviews/3"} 1""");
        metrics.ShouldContain("plumbline_retraining_decision{version=\"reviews/3\"}");
        var decision = (await server.GetAsync("/v1/quality")).Json.GetProperty("decisions")[0];
        decision.GetProperty("why").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Find_TwoServers_TellWhatOneOfThemFound()
    {
        await using var first = await RunningServer.StartAsync(Options("a", TimeSpan.FromSeconds(2)));
        await using var second = await RunningServer.StartAsync(Options("b", TimeSpan.FromSeconds(2)));
        await PredictAsync(first);
        await PredictAsync(second);
        await Deployed.UntilAsync(async () =>
        {
            var told = new List<string>();
            foreach (var server in new[] { first, second })
            {
                if (!Found(await server.GetAsync("/v1/quality"), out var report) || report.GetProperty("requests").GetInt32() != 2 * Requests)
                    return false;
                told.Add(report.GetProperty("until").GetString()!);
            }
            return told[0] == told[1];
        });
        await using var store = OpenStore();
        (await store.ReadAsync(connection => connection.Query("SELECT version FROM monitor_reports", row => row.GetString(0)), Token)).ShouldBe(["reviews/3"]);
    }

    private static bool Found(Answer answer, out JsonElement report)
    {
        var reports = answer.Json.GetProperty("quality");
        report = reports.GetArrayLength() > 0 ? reports[0] : default;
        return reports.GetArrayLength() > 0;
    }

    private static async Task<List<string>> PredictAsync(RunningServer server)
    {
        var ids = new List<string>();
        for (var sent = 0; sent < Requests; sent += 100)
        {
            var data = Enumerable.Range(sent, 100).Select(number => new { text = string.Create(CultureInfo.InvariantCulture, $"a good and wonderful book {number}") });
            var answer = await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new { data }));
            ids.AddRange(answer.Json.GetProperty("prediction_ids").EnumerateArray().Select(id => id.GetString()!));
        }
        return ids;
    }

    private static async Task FeedbackAsync(RunningServer server, IEnumerable<string> ids, string label) =>
        (await server.PostAsync("/v1/feedback", JsonSerializer.Serialize(new { feedback = ids.Select(id => new { prediction_id = id, label }) }))).Status.ShouldBe(200);

    private ServerOptions Options(string host, TimeSpan? period = null) => RunningServer.Options with
    {
        PredictionLog = new PredictionLogOptions { Folder = _folder.File($"predictions-{host}") },
        Feedback = new FeedbackOptions { Open = OpenStore, Predictions = _folder.File($"predictions-{host}") },
        Drift = new DriftOptions { Open = OpenStore, Period = period ?? TimeSpan.FromMilliseconds(200), Profile = DriftProfile.Production },
    };

    private SqliteMetadataStore OpenStore() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);
}
