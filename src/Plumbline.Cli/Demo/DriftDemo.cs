using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Retraining;
using Plumbline.Storage;

namespace Plumbline.Cli.Demo;

/// <summary>The loop from end to end, with real processes: a model serves, the world moves, and it is noticed, told, retrained, rolled out and recovered. Each step is believed only when the server or the store says so.</summary>
internal sealed class DriftDemo(DriftDemoOptions options, DemoNarrator narrator, TimeProvider time) : IAsyncDisposable
{
    private const int CalmRate = 200, MovedRate = 400, Rate = 200;
    private const int MostTraffic = 1_000_000;
    private const double RecoveredShare = 0.5;

    /// <summary>Labels of the world that has moved, of which a successor can learn.</summary>
    private const int NewsLearnt = 4_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly DemoWebhook _webhook = DemoWebhook.Start();
    private readonly Home _home = new(Path.Combine(options.Folder, "state"));
    private readonly List<DemoProcess> _processes = [];
    private HttpClient? _http;
    private IMetadataStore? _store;
    private DemoTraffic? _traffic;
    private Task _sending = Task.CompletedTask;
    private CancellationTokenSource? _stopSending;

    /// <exception cref="CliException">A step did not happen.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var world = await DemoWorld.MakeAsync(options.File, options.World, options.Folder, Path.Combine(options.Folder, DemoProject.TrainingFile), cancellation);
        narrator.Say(string.Create(CultureInfo.InvariantCulture, $"A world of {options.World.Known:n0} known records and {world.Left:n0} to come, in {options.Folder}"));
        var first = await ServeAsync(world, cancellation);
        var began = time.GetUtcNow();
        var before = await BeCalmAsync(first, began, cancellation);
        var moved = time.GetUtcNow();
        await MoveAsync(first, world, cancellation);
        var cycle = await RetrainAsync(cancellation);
        var during = await RollOutAsync(cycle, first, moved, cancellation);
        await RecoverAsync(cycle, before, during, cancellation);
        narrator.Say(string.Create(CultureInfo.InvariantCulture, $"All of it happened, in {narrator.Elapsed.TotalSeconds:0} s.{(options.IsKept ? $" plumbline retraining show {cycle} --home {_home.Root} tells the story again." : "")}"));
    }

    public async ValueTask DisposeAsync()
    {
        await StopSendingAsync();
        foreach (var process in _processes.AsEnumerable().Reverse())
            await process.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
        _http?.Dispose();
        await _webhook.DisposeAsync();
    }

    private async Task<string> ServeAsync(DemoWorld world, CancellationToken cancellation)
    {
        DemoProject.Write(options.Folder, _webhook.Address, options.World.Calm + NewsLearnt);
        narrator.Say("plumbline up trains the first model and serves it");
        var server = Begin("up", "--json");
        var address = (string)JsonNode.Parse(await server.FirstLineAsync(cancellation))!["url"]!;
        Begin("worker", "--json");
        _http = new HttpClient { BaseAddress = new Uri(address) };
        _store = Workspace.OpenStore(_home, time);
        _traffic = new DemoTraffic(_http, world);
        var metadata = await WaitAsync("trained", "the server tells its model", async () => await GetAsync("metadata", cancellation), cancellation);
        var version = (string)metadata["version"]!;
        narrator.Step("trained", $"{version} serves on {address}", new JsonObject { ["version"] = version, ["url"] = address, ["metrics"] = metadata["metrics"]?.DeepClone() });
        return version;
    }

    private async Task<LiveScores> BeCalmAsync(string version, DateTimeOffset began, CancellationToken cancellation)
    {
        narrator.Say("Traffic like what it was trained on, and true labels for it");
        await _traffic!.RunAsync(CalmRate, options.World.Calm, cancellation);
        var scores = await WaitAsync("served", "labels are joined with the answers", async () =>
            await ScoresAsync(version, began, cancellation) is { } live && live.Labels >= options.World.Calm * 0.9 ? live : null, cancellation);
        var report = await WaitAsync("served", "drift is measured", async () => await DriftAsync(version, cancellation) is { } found && (long)found["requests"]! >= options.World.Calm * 0.9 ? found : null, cancellation);
        Require("served", (string)report["decision"]!["action"]! is "none" or "watch", $"nothing has moved yet, but the decision is {report["decision"]!.ToJsonString()}");
        narrator.Step("served", string.Create(CultureInfo.InvariantCulture, $"{scores.Labels:n0} answers have their true labels: macro-F1 {scores.MacroF1:0.000}; drift: {(string)report["decision"]!["action"]!}"), Scores(scores));
        return scores;
    }

    private async Task MoveAsync(string version, DemoWorld world, CancellationToken cancellation)
    {
        narrator.Say($"The world moves{(options.World.Kinds.Count == 0 ? "" : $": {string.Join(", ", options.World.Kinds.Select(Names.Of))}")}{(world.Now is { } now ? string.Create(CultureInfo.InvariantCulture, $", from {now:yyyy-MM-dd} on") : "")}");
        Send(MovedRate, cancellation);
        var report = await WaitAsync("drift", "the server finds drift", async () => await DriftAsync(version, cancellation) is { } found && (string)found["decision"]!["action"]! is "retrain" or "approve" ? found : null, cancellation);
        narrator.Step("drift", string.Join("; ", report["decision"]!["why"]!.AsArray().Take(2).Select(why => (string)why!)), new JsonObject { ["decision"] = report["decision"]!.DeepClone(), ["requests"] = report["requests"]!.DeepClone() });
        await ReportAsync(cancellation);
    }

    private async Task ReportAsync(CancellationToken cancellation)
    {
        var page = Path.Combine(options.Folder, "drift.html");
        await using var process = Start("drift", "report", DemoProject.Model, "--since", "1h", "--html", page, "--json");
        var report = JsonNode.Parse(await process.EndAsync(cancellation))!;
        Require("report", File.Exists(page) && new FileInfo(page).Length > 0, "no page was written");
        narrator.Step("report", $"{page} shows what moved", new JsonObject { ["page"] = page, ["decision"] = (string)report["decision"]!["action"]! });
    }

    private async Task<string> RetrainAsync(CancellationToken cancellation)
    {
        var cycle = await WaitAsync("retraining", "a retraining begins", async () => (await GetAsync("v1/retraining", cancellation))["retraining"]!.AsArray().FirstOrDefault(one => one!["run"] is not null), cancellation);
        // The newest of the world was learnt from; now it goes on at a pace that leaves room for the training.
        await StopSendingAsync();
        Send(Rate, cancellation);
        narrator.Step("retraining", $"{(string)cycle["trigger"]!} began run {(string)cycle["run"]!}", new JsonObject { ["cycle"] = cycle["id"]!.DeepClone(), ["run"] = cycle["run"]!.DeepClone(), ["why"] = cycle["why"]!.DeepClone() });
        return (string)cycle["id"]!;
    }

    private async Task<LiveScores> RollOutAsync(string id, string first, DateTimeOffset moved, CancellationToken cancellation)
    {
        var judged = await WaitAsync("champion against challenger", "both answer the rows held out", async () => await CycleAsync(id, cancellation) is { } cycle && cycle["comparison"] is not null ? cycle : null, cancellation);
        var found = judged["comparison"]!;
        narrator.Step(
            "champion against challenger",
            string.Create(CultureInfo.InvariantCulture, $"macro-F1 {(double)found["champion_macro_f1"]!:0.000} against {(double)found["challenger_macro_f1"]!:0.000} on {(long)judged["data"]!["held_out"]!:n0} held-out rows: {(double)found["difference"]!:+0.000;-0.000} ({(double)found["low"]!:0.000} to {(double)found["high"]!:0.000})"),
            new JsonObject { ["comparison"] = found.DeepClone(), ["data"] = judged["data"]!.DeepClone() });
        var rollout = await WaitAsync("canary", "a rollout begins", async () => (await GetAsync("v1/rollouts", cancellation))["rollouts"]!.AsArray().FirstOrDefault() ?? await NoneAsync(id, cancellation), cancellation);
        var candidate = (string)rollout["definition"]!["candidates"]![0]!["version"]!;
        await WaitAsync("canary", $"{candidate} answers beside {first}", () => Task.FromResult(_traffic!.Answered.GetValueOrDefault(candidate) > 0 ? candidate : null), cancellation);
        narrator.Step("canary", $"{(string)rollout["name"]!}: {candidate} answers a share of the requests, {first} the others", new JsonObject { ["rollout"] = rollout["name"]!.DeepClone(), ["candidate"] = candidate });
        await AlertAsync(cancellation);
        var during = await ScoresAsync(first, moved, cancellation) ?? throw Missing("promotion", $"no labels of {first} were joined since the world moved");
        var ended = await WaitAsync("promotion", "the rollout ends", async () => await CycleAsync(id, cancellation) is { } cycle && cycle["ended"] is not null ? cycle : null, cancellation);
        Require("promotion", (string)ended["state"]! == "promoted", $"the cycle is {(string)ended["state"]!}: {(string?)ended["outcome"]}");
        var metadata = await WaitAsync("promotion", $"the server serves {candidate}", async () => await GetAsync("metadata", cancellation) is { } now && (string)now["version"]! == candidate ? now : null, cancellation);
        narrator.Step("promotion", (string)ended["outcome"]!, new JsonObject { ["version"] = metadata["version"]!.DeepClone(), ["cycle"] = ended.DeepClone() });
        return during;
    }

    private async Task AlertAsync(CancellationToken cancellation)
    {
        var notice = await WaitAsync("alert", "the webhook is told of drift", () => Task.FromResult(_webhook.Received.SelectMany(body => body["notices"]!.AsArray()).FirstOrDefault(told => (string)told!["alert"]!["rule"]! == "PlumblineDrift")), cancellation);
        var alert = notice["alert"]!;
        var kept = (await GetAsync("v1/alerts", cancellation))["alerts"]!.AsArray().Any(one => (string)one!["id"]! == (string)alert["id"]!);
        Require("alert", kept, $"the server does not know alert {(string)alert["id"]!}");
        narrator.Step("alert", $"{_webhook.Address} was told: {(string)alert["why"]!}", new JsonObject { ["alert"] = alert["id"]!.DeepClone(), ["event"] = notice["event"]!.DeepClone(), ["why"] = alert["why"]!.DeepClone() });
    }

    private async Task RecoverAsync(string id, LiveScores before, LiveScores during, CancellationToken cancellation)
    {
        var promoted = time.GetUtcNow();
        var version = (string)(await CycleAsync(id, cancellation))!["challenger"]!;
        var after = await WaitAsync("recovered", $"labels of {version} are joined", async () => await ScoresAsync(version, promoted, cancellation) is { } live && live.Labels >= options.LeastAfter ? live : null, cancellation);
        await StopSendingAsync();
        Require("recovered", during.MacroF1 < before.MacroF1 && after.MacroF1 >= during.MacroF1 + (RecoveredShare * (before.MacroF1 - during.MacroF1)), string.Create(
            CultureInfo.InvariantCulture, $"macro-F1 was {before.MacroF1:0.000}, fell to {during.MacroF1:0.000} and is {after.MacroF1:0.000}: less than half of the loss is made good"));
        narrator.Step(
            "recovered", string.Create(CultureInfo.InvariantCulture, $"macro-F1 was {before.MacroF1:0.000}, fell to {during.MacroF1:0.000}, and is {after.MacroF1:0.000} now, by {after.Labels:n0} labels of {version}"),
            new JsonObject { ["before"] = Scores(before), ["during"] = Scores(during), ["after"] = Scores(after) });
    }

    /// <exception cref="CliException">There will be none: the cycle has ended.</exception>
    private async Task<JsonNode?> NoneAsync(string id, CancellationToken cancellation) => await CycleAsync(id, cancellation) is { } cycle && cycle["ended"] is not null
        ? throw Missing("canary", $"the cycle is {(string)cycle["state"]!}: {(string?)cycle["outcome"]}") : null;

    private void Send(int rate, CancellationToken cancellation)
    {
        _stopSending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var stop = _stopSending.Token;
        _sending = Task.Run(() => _traffic!.RunAsync(rate, MostTraffic, stop), CancellationToken.None);
    }

    private async Task StopSendingAsync()
    {
        if (_stopSending is null)
            return;
        await _stopSending.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopSending.Dispose();
        _stopSending = null;
    }

    /// <summary>Asks until there is something.</summary>
    private async Task<T> WaitAsync<T>(string step, string what, Func<Task<T?>> look, CancellationToken cancellation)
        where T : class
    {
        var since = time.GetTimestamp();
        while (true)
        {
            if (await look() is { } found)
                return found;
            foreach (var process in _processes)
                process.RequireRunning();
            if (_sending.IsFaulted)
                await _sending;
            if (_stopSending is not null && _sending.IsCompletedSuccessfully)
                throw Missing(step, $"the world ended before {what}; give it more records");
            if (time.GetElapsedTime(since) > options.Patience)
                throw Missing(step, string.Create(CultureInfo.InvariantCulture, $"not within {options.Patience.TotalSeconds:0} s: {what}"));
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private void Require(string step, bool holds, string otherwise)
    {
        if (!holds)
            throw Missing(step, otherwise);
    }

    private CliException Missing(string step, string sentence)
    {
        narrator.Failed(step, sentence);
        return new CliException(ExitCode.Unexpected, $"{step} did not happen: {sentence}. What there is stays in {options.Folder}");
    }

    private DemoProcess Begin(params string[] args)
    {
        var process = Start(args);
        _processes.Add(process);
        return process;
    }

    private DemoProcess Start(params string[] args) => DemoProcess.Start(options.Folder, [.. args, "--home", _home.Root]);

    private Task<LiveScores?> ScoresAsync(string version, DateTimeOffset since, CancellationToken cancellation) => new FeedbackScores(_store!).ReadAsync(version, since, cancellation);

    private async Task<JsonNode?> DriftAsync(string version, CancellationToken cancellation) => (await GetAsync("v1/drift", cancellation))["drift"]!.AsArray().FirstOrDefault(report => (string)report!["version"]! == version);

    private async Task<JsonNode?> CycleAsync(string id, CancellationToken cancellation) => await GetAsync($"v1/retraining/{id}", cancellation);

    private async Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => (await _http!.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative), cancellation))!;

    private static JsonObject Scores(LiveScores scores) => new() { ["version"] = scores.Version, ["labels"] = scores.Labels, ["macro_f1"] = Math.Round(scores.MacroF1, 4) };
}

/// <summary>What is demonstrated.</summary>
/// <param name="File">Null: generated reviews.</param>
/// <param name="Folder">Where everything is.</param>
/// <param name="IsKept">Whether the folder stays.</param>
/// <param name="LeastAfter">Labels of the successor that are enough to say that it is better.</param>
/// <param name="Patience">For each step.</param>
internal sealed record DriftDemoOptions(Datasets.SourceOptions? File, DemoWorldOptions World, string Folder, bool IsKept, int LeastAfter, TimeSpan Patience);
