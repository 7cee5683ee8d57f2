using System.Globalization;
using Plumbline.Inference;
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
        var probabilities = new float[predictor.Labels.Count];
        for (var i = 0; i < 400; i++)
        {
            var text = System.Text.Encoding.UTF8.GetBytes($"совершенно новые слова {i % 17}");
            var label = predictor.Predict(text, [], probabilities, []);
            recorder.Observe(Guid.NewGuid(), text, [], probabilities, label);
        }
        var start = DriftWindow.StartOf(TimeProvider.System.GetUtcNow().AddHours(-1), DriftWindow.ShortLength);
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
        (await Run("drift", "report", "reviews/1", "--since", "2h", "--reference", window, "--json")).ShouldSucceed().Json.GetProperty("decision").GetProperty("action").GetString().ShouldBe("none");
    }

    [Theory]
    [InlineData("metadata", 5, "No server has told", "--since", "2026-01-01", "--until", "2026-01-02")]
    [InlineData("usage", 2, "neither bundle nor", "--reference", "yesterday")]
    [InlineData("usage", 2, "no profile", "--profile", "strict")]
    [InlineData("usage", 2, "is no condition", "--where", "label")]
    [InlineData("usage", 2, "no time", "--since", "then")]
    public async Task Report_Wrong_SaysWhat(string kind, int code, string message, params string[] flags) =>
        (await Run(["drift", "report", "reviews", .. flags, "--json"])).ShouldFail(code, kind, message);

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
