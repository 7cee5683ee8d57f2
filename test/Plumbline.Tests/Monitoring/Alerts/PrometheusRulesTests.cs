using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Plumbline.Monitoring.Alerts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>What ships for Prometheus and Alertmanager, by their own tools.</summary>
public sealed class PrometheusRulesTests
{
    private static readonly string Deploy = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../../deploy"));

    private static readonly AlertOptions Strange = new()
    {
        Rules =
        [
            .. DefaultRules.Of(0.95),
            new AlertRule("Mine", "plumbline_drift_psi", -1.5e-7, IsBelow: true)
            {
                Where = new Dictionary<string, string> { ["feature"] = "a \"b\" \\ {{c}}\n" },
                Labels = new Dictionary<string, string> { ["team"] = "{{ yes: - # }}" },
                For = TimeSpan.FromMilliseconds(1500),
                Severity = AlertSeverity.Info,
                Why = "{feature}: \"{value}\" {{ 1 }} 'and' é\n",
                Runbook = "see: {{ x",
            },
            new AlertRule("Plain", "plumbline_ready", 2),
        ],
    };

    [Fact]
    public void Write_DefaultRules_WhatShips() => PrometheusRules.Write(new AlertOptions()).ShouldBe(File.ReadAllText(Path.Combine(Deploy, "prometheus", "plumbline.rules.yml")));

    [Fact]
    public void Write_DefaultRules_PassTheirUnitTests()
    {
        Run("promtool", "test", "rules", Path.Combine(Deploy, "prometheus", "plumbline.rules.test.yml"));
        Run("promtool", "check", "config", Path.Combine(Deploy, "prometheus", "prometheus.yml")).ShouldContain("SUCCESS");
    }

    [Fact]
    public void Write_AnyText_PrometheusReadsIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("rules.yml"), PrometheusRules.Write(Strange));
        Run("promtool", "check", "rules", folder.File("rules.yml")).ShouldContain("SUCCESS");
        File.WriteAllText(folder.File("test.yml"), """
            rule_files: [rules.yml]
            tests:
              - interval: 1m
                input_series:
                  - {series: 'plumbline_drift_psi{feature="a \"b\" \\ {{c}}\n",instance="a"}', values: '-2x5'}
                alert_rule_test:
                  - eval_time: 3m
                    alertname: Mine
                    exp_alerts:
                      - exp_labels: {severity: info, team: '{{ yes: - # }}', feature: "a \"b\" \\ {{c}}\n"}
                        exp_annotations: {description: "a \"b\" \\ {{c}}\n: \"-2\" {{ 1 }} 'and' é\n", runbook: 'see: {{ x'}
            """);
        Run("promtool", "test", "rules", folder.File("test.yml"));
    }

    [Fact]
    public void Dashboard_EveryExpression_IsPromQL()
    {
        using var folder = new TemporaryFolder();
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Deploy, "grafana", "plumbline.json")));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!)).ToArray();
        expressions.Length.ShouldBeGreaterThan(15);
        // What Grafana puts in.
        var rules = expressions.Select((expression, i) => $"  - {{record: 'panel{i}', expr: {JsonSerializer.Serialize(expression.Replace("$job", "plumbline", StringComparison.Ordinal).Replace("$__rate_interval", "5m", StringComparison.Ordinal))}}}");
        File.WriteAllText(folder.File("rules.yml"), $"groups:\n- name: dashboard\n  rules:\n{string.Join('\n', rules)}\n");
        Run("promtool", "check", "rules", folder.File("rules.yml")).ShouldContain("SUCCESS");
    }

    [Fact]
    public void Alertmanager_ItsConfiguration_IsOneAndRoutesBySeverity()
    {
        var file = Path.Combine(Deploy, "alertmanager", "alertmanager.yml");
        Run("amtool", "check-config", file).ShouldContain("SUCCESS");
        Run("amtool", "config", "routes", "test", $"--config.file={file}", "severity=critical", "alertname=PlumblineErrors").ShouldStartWith("duty,chat\n");
        Run("amtool", "config", "routes", "test", $"--config.file={file}", "severity=warning", "alertname=PlumblineDrift").ShouldStartWith("chat\n");
    }

    private static string Run(string program, params string[] arguments)
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))),
            $"There is no {program} (of Debian's package {(program == "promtool" ? "prometheus" : "prometheus-alertmanager")}) on this machine.");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{output}{errors.Result}");
        return output + errors.Result;
    }

    private static string Here([CallerFilePath] string here = "") => here;
}
