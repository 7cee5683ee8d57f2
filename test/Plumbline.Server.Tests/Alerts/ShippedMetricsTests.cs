using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Server.Tests.Generations;
using Plumbline.Server.Tests.Pipelines;

namespace Plumbline.Server.Tests.Alerts;

/// <summary>Rules and dashboards ask for what servers tell, and nothing else.</summary>
public sealed partial class ShippedMetricsTests
{
    private static readonly string Deploy = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../deploy"));

    [Fact]
    public async Task RulesAndDashboard_EveryMetric_IsOneOfAServer()
    {
        await using var deployed = await Deployed.WithChampionAsync();
        var alerts = new AlertMonitorOptions
        {
            Open = deployed.OpenStore,
            Period = TimeSpan.FromMilliseconds(50),
            Alerts = new AlertOptions
            {
                Rules = [new AlertRule("Always", "plumbline_ready", 2, IsBelow: true)],
                GroupWait = TimeSpan.Zero,
                // Nobody listens there, so that something waits.
                Notifiers = [new NotifierOptions("nobody", NotifierKind.Webhook) { Address = new Uri("http://127.0.0.1:1") }],
            },
        };
        await using var server = await RunningServer.StartAsync(deployed.Options with { Alerts = alerts, Pipelines = PipelinesApiTests.Catalogue, Drift = new DriftOptions { Open = deployed.OpenStore, Period = TimeSpan.FromMilliseconds(100) } });
        for (var sent = 0; sent < 4; sent++)
            (await server.PostAsync("/batch_predict", JsonSerializer.Serialize(new { data = Enumerable.Range(0, 50).Select(number => new { text = $"it was dull {number}" }) }))).Status.ShouldBe(200);
        (await server.PredictAsync("{")).Status.ShouldBe(400);
        await Deployed.UntilAsync(async () => (await server.GetAsync("/metrics")).Body is var metrics
            && metrics.Contains("plumbline_drift_text_auc{", StringComparison.Ordinal) && metrics.Contains("""plumbline_alert_deliveries_waiting{notifier="nobody"} 1""", StringComparison.Ordinal));
        var told = Declared().Matches((await server.GetAsync("/metrics")).Body).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        var rules = await File.ReadAllTextAsync(Path.Combine(Deploy, "prometheus", "plumbline.rules.yml"), TestContext.Current.CancellationToken);
        var asked = Asked(rules).ToHashSet(StringComparer.Ordinal);
        asked.Count.ShouldBeGreaterThan(7);
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Deploy, "grafana", "plumbline.json"), TestContext.Current.CancellationToken));
        asked.UnionWith(Expressions(dashboard.RootElement).SelectMany(Asked));
        // What this model, without aggregates, true labels and successors, has none of.
        asked.Except(told).Except(["plumbline_feature_store_up", "plumbline_concept_drift", "plumbline_retraining_decision", "plumbline_retraining_last_seconds", "plumbline_retraining_macro_f1"]).ShouldBeEmpty();
    }

    private static IEnumerable<string> Asked(string text) => Metric().Matches(text).Select(match => Suffix().Replace(match.Value, ""));

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.Name is "expr" or "query" or "definition" && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : Expressions(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    private static string Here([CallerFilePath] string here = "") => here;

    [GeneratedRegex(@"\b(?:plumbline|process|dotnet)_[a-z0-9_]+\b")]
    private static partial Regex Metric();

    [GeneratedRegex("_(?:bucket|count|sum)$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"^# TYPE (\S+) ", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
