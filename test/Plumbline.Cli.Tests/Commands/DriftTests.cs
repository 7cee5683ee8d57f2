using System.Globalization;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

public sealed class DriftTests(TrainedHome trained) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        CopyHome();
        await using var store = SqliteMetadataStore.Open(Path.Combine(_folder.Home, "plumbline.db"), TimeProvider.System);
        using var predictor = Predictor.Load(Path.Combine(_folder.Home, "bundles", Path.GetFileName(trained.Bundle)));
        var recorder = new DriftRecorder(predictor);
        var start = DriftWindow.StartOf(TimeProvider.System.GetUtcNow().AddHours(-1), DriftWindow.ShortLength);
        await using (var log = PredictionLog.Open(new PredictionLogOptions { Folder = Path.Combine(_folder.Home, "predictions"), Text = true }, "0123456789ab", TimeProvider.System))
            Answer(predictor, recorder, log, start);
        await new DriftWindows(store, TimeProvider.System).KeepAsync([new DriftWindow("reviews/1", start, DriftWindow.ShortLength, "p", recorder.Take())], Token);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Report_DriftedTraffic_SaysWhatAndWhyAndDrawsIt()
    {
        var page = Path.Combine(_folder.Home, "drift.html");
        var answer = (await Run("drift", "report", "reviews", "--since", "2h", "--html", page, "--json")).ShouldSucceed();
        answer.Json.GetProperty("version").GetString().ShouldBe("reviews/1");
        answer.Json.GetProperty("decision").GetProperty("action").GetString().ShouldBe("retrain");
        answer.Json.GetProperty("decision").GetProperty("why")[0].GetString()!.ShouldContain("PSI");
        (await File.ReadAllTextAsync(page, Token)).ShouldContain("<svg");
        var table = (await Run("drift", "report", "reviews", "--since", "2h", "--profile", "production")).ShouldSucceed();
        table.Error.ShouldContain("Decision  approve (production)");
        table.Error.ShouldContain("unknown words");
    }

    [Fact]
    public async Task Report_TrafficAsReference_NothingMoved()
    {
        var now = TimeProvider.System.GetUtcNow();
        var window = string.Create(CultureInfo.InvariantCulture, $"{now.AddHours(-2):yyyy-MM-dd'T'HH:mm}/{now.AddMinutes(1):yyyy-MM-dd'T'HH:mm}");
        var report = (await Run("drift", "report", "reviews/1", "--since", "2h", "--reference", window, "--json")).ShouldSucceed().Json;
        report.GetProperty("features").EnumerateArray().ShouldAllBe(feature => feature.GetProperty("severity").GetString() == "none");
        report.GetProperty("decision").GetProperty("action").GetString().ShouldBe("watch");
        report.GetProperty("decision").GetProperty("why").EnumerateArray().ShouldHaveSingleItem().GetString()!.ShouldContain("estimated", Case.Sensitive, "the model is unsure of all of it");
    }

    [Theory]
    [InlineData("metadata", 5, "No server has told", "--since", "2026-01-01", "--until", "2026-01-02")]
    [InlineData("usage", 2, "neither bundle nor", "--reference", "yesterday")]
    [InlineData("usage", 2, "no profile", "--profile", "strict")]
    [InlineData("usage", 2, "is no condition", "--where", "label")]
    [InlineData("usage", 2, "no time", "--since", "then")]
    public async Task Report_Wrong_SaysWhat(string kind, int code, string message, params string[] flags) =>
        (await Run(["drift", "report", "reviews", .. flags, "--json"])).ShouldFail(code, kind, message);

    [Fact]
    public async Task Report_SliceOfLoggedTexts_HasTheirWordsAndExamplesThatShowIt()
    {
        var answer = (await Run("drift", "report", "reviews", "--since", "2h", "--where", "user=ann*", "--json")).ShouldSucceed();
        answer.Json.GetProperty("requests").GetInt32().ShouldBe(200);
        answer.Json.GetProperty("text").GetProperty("auc").GetDouble().ShouldBeGreaterThan(0.9);
        answer.Json.GetProperty("text").GetProperty("words").EnumerateArray().ShouldContain(word => word.GetProperty("word").GetString() == "совершенно");
        foreach (var report in new[] { answer, (await Run("drift", "report", "reviews", "--since", "2h", "--json")).ShouldSucceed() })
        {
            var examples = report.Json.GetProperty("examples").EnumerateArray().ToArray();
            examples.ShouldNotBeEmpty();
            examples.ShouldAllBe(example => example.GetProperty("text").GetString()!.StartsWith("совершенно новые слова") && example.GetProperty("ratio").GetDouble() > 1);
        }
    }

    private static void Answer(Predictor predictor, DriftRecorder recorder, PredictionLog log, DateTimeOffset start)
    {
        var version = log.Register(new LoggedVersion("reviews/1", predictor.Digest, predictor.Labels, [], []));
        var probabilities = new float[predictor.Labels.Count];
        for (var i = 0; i < 400; i++)
        {
            var (time, text) = (start.AddMilliseconds(i * 100), System.Text.Encoding.UTF8.GetBytes($"совершенно новые слова {i % 17}"));
            var label = predictor.Predict(text, [], probabilities, []);
            var id = Guid.Parse($"{Guid.CreateVersion7(time):D}"[..24] + "0123456789ab");
            recorder.Observe(id, text, [], probabilities, label);
            log.Append(new PredictionEntry
            {
                Version = version,
                Id = id,
                Time = time.ToUnixTimeMilliseconds() * 1000,
                Label = label,
                Probabilities = probabilities,
                Text = text,
                User = System.Text.Encoding.UTF8.GetBytes(i % 2 == 0 ? $"ann {i}" : $"bob {i}"),
            });
        }
    }

    private Task<Answer> Run(params string[] args) => Cli.RunAsync([.. args, "--home", _folder.Home]);

    private void CopyHome()
    {
        foreach (var file in Directory.GetFiles(trained.Home, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder.Home, Path.GetRelativePath(trained.Home, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
