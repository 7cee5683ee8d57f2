using Plumbline.Inference;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

public sealed class QualityTests(TrainedHome trained) : IAsyncLifetime
{
    private const int Answers = 400;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Answers of an hour ago, half of them of users in Europe, and their labels, all wrong.</summary>
    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.GetFiles(trained.Home, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder.Home, Path.GetRelativePath(trained.Home, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        await using var store = SqliteMetadataStore.Open(Path.Combine(_folder.Home, "plumbline.db"), TimeProvider.System);
        using var predictor = Predictor.Load(Path.Combine(_folder.Home, "bundles", Path.GetFileName(trained.Bundle)));
        var (predictions, began) = (Path.Combine(_folder.Home, "predictions"), TimeProvider.System.GetUtcNow().AddHours(-1));
        var ids = await LogAsync(predictor, predictions, began);
        var feedback = new FeedbackStore(store, TimeProvider.System);
        await feedback.AddAsync([.. ids.Select(id => new FeedbackItem(id.Key, id.Value == "5" ? "1" : "5"))], Token);
        await new FeedbackJoiner(feedback, predictions, TimeSpan.FromDays(30), TimeProvider.System, settled: new Plumbline.Monitoring.QualityFeedback(TimeProvider.System).Add).JoinAsync(Token);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Report_WrongAnswers_SaysWhatWasLostAndWhyAndDrawsIt()
    {
        var page = Path.Combine(_folder.Home, "quality.html");
        var answer = (await Run("quality", "report", "reviews", "--html", page, "--json")).ShouldSucceed();
        answer.Json.GetProperty("version").GetString().ShouldBe("reviews/1");
        answer.Json.GetProperty("measured").GetProperty("labels").GetInt32().ShouldBe(Answers);
        answer.Json.GetProperty("measured").GetProperty("accuracy").GetProperty("value").GetDouble().ShouldBe(0);
        answer.Json.GetProperty("decision").GetProperty("action").GetString().ShouldBe("retrain");
        (await File.ReadAllTextAsync(page, Token)).ShouldContain("<svg");
        var table = (await Run("quality", "report", "reviews/1", "--profile", "production")).ShouldSucceed();
        table.Error.ShouldContain("Decision  approve (production)");
        table.Error.ShouldContain("below");
    }

    [Fact]
    public async Task Report_UsersThatBeginSo_OfTheirLoggedPredictions()
    {
        var answer = (await Run("quality", "report", "reviews", "--where", "user=eu-*", "--json")).ShouldSucceed();
        answer.Json.GetProperty("where").GetString().ShouldBe("user is eu-*");
        answer.Json.GetProperty("requests").GetInt32().ShouldBe(Answers / 2);
        answer.Json.GetProperty("estimated").GetProperty("requests").GetInt32().ShouldBe(Answers / 2);
        answer.Json.GetProperty("measured").GetProperty("labels").GetInt32().ShouldBe(Answers / 2);
    }

    [Fact]
    public async Task Report_NothingKnown_SaysSo()
    {
        var answer = (await Run("quality", "report", "reviews", "--since", "2020-01-01", "--until", "2020-02-01", "--json")).ShouldSucceed();
        answer.Json.GetProperty("decision").GetProperty("action").GetString().ShouldBe("none");
        answer.Json.GetProperty("decision").GetProperty("why")[0].GetString().ShouldBe("no labels have come");
        (await Run("quality", "--json")).ShouldFail(2, "usage", "quality report");
    }

    private static async Task<Dictionary<Guid, string>> LogAsync(Predictor predictor, string folder, DateTimeOffset began)
    {
        await using var log = PredictionLog.Open(new PredictionLogOptions { Folder = folder }, "0123456789ab", TimeProvider.System);
        return Log(predictor, log, began);
    }

    private static Dictionary<Guid, string> Log(Predictor predictor, PredictionLog log, DateTimeOffset began)
    {
        var (ids, probabilities) = (new Dictionary<Guid, string>(), new float[predictor.Labels.Count]);
        var version = log.Register(new LoggedVersion("reviews/1", predictor.Digest, predictor.Labels, [], []));
        for (var i = 0; i < Answers; i++)
        {
            var (id, text) = (Id(began.AddSeconds(i)), System.Text.Encoding.UTF8.GetBytes($"a good book {i}"));
            var label = predictor.Predict(text, [], probabilities, []);
            log.Append(new PredictionEntry
            {
                Version = version,
                Id = id,
                Time = began.AddSeconds(i).ToUnixTimeMilliseconds() * 1000,
                Label = label,
                Probabilities = probabilities,
                Text = text,
                User = System.Text.Encoding.UTF8.GetBytes(i % 2 == 0 ? $"eu-{i}" : $"us-{i}"),
            });
            ids[id] = predictor.Labels[label];
        }
        return ids;
    }

    /// <summary>As servers name predictions: by time and process.</summary>
    private static Guid Id(DateTimeOffset time) => Guid.Parse($"{Guid.CreateVersion7(time):D}"[..24] + "0123456789ab");

    private Task<Answer> Run(params string[] args) => Cli.RunAsync([.. args, "--home", _folder.Home]);
}
