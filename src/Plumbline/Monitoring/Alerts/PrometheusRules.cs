using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Writes rules as a file for Prometheus. What servers observe together are recording rules, by <c>job</c>.</summary>
public static class PrometheusRules
{
    private const string Counted = "plumbline_http_request_duration_seconds";
    private const string Predictions = "route=~\"/predict|/batch_predict|/v2/models/.+/infer|.*/ModelInfer\",method=\"POST\"";
    private const string Failed = "status=\"5xx\"";

    private static readonly JsonSerializerOptions Quoting = new(JsonSerializerOptions.Default) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8 YAML, the same for the same rules.</summary>
    public static string Write(AlertOptions options)
    {
        var yaml = new StringBuilder("groups:\n  - name: plumbline-requests\n    rules:\n");
        foreach (var (name, expression) in Recorded())
            yaml.Append(CultureInfo.InvariantCulture, $"      - record: {name}\n        expr: >-\n          {expression}\n");
        yaml.Append("  - name: plumbline\n    rules:\n");
        foreach (var rule in options.Rules.Where(rule => rule.Enabled))
            Write(yaml, rule);
        return yaml.ToString();
    }

    private static IEnumerable<(string Name, string Expression)> Recorded()
    {
        foreach (var window in new[] { "5m", "30m", "1h", "6h", "3d" })
            yield return ($"plumbline:failures:ratio_rate{window}", $"{Sum("rate", $"{Predictions},{Failed}", window)} / {Sum("rate", Predictions, window)}");
        foreach (var burn in DefaultRules.Burns)
            yield return ($"plumbline:failures:increase{burn.Long}", Sum("increase", $"{Predictions},{Failed}", burn.Long));
        yield return ("plumbline:requests:increase5m", Sum("increase", Predictions, "5m"));
        yield return (ServiceObservations.Latency, string.Create(
            CultureInfo.InvariantCulture,
            $"histogram_quantile({ServiceObservations.Quantile}, sum by (job, le) (rate({Counted}_bucket{{{Predictions}}}[5m]))) and {Sum("increase", Predictions, "5m")} >= {ServiceObservations.FewestForQuantile}"));
    }

    private static string Sum(string function, string selector, string window) => $"sum by (job) ({function}({Counted}_count{{{selector}}}[{window}]))";

    private static void Write(StringBuilder yaml, AlertRule rule)
    {
        yaml.Append(CultureInfo.InvariantCulture, $"      - alert: {rule.Name}\n        expr: >-\n          {rule.Expression?.Invoke(rule.Limit) ?? Expression(rule)}\n");
        if (rule.For > TimeSpan.Zero)
            yaml.Append(CultureInfo.InvariantCulture, $"        for: {Duration(rule.For)}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"        labels:\n          severity: {rule.Severity.ToString().ToLowerInvariant()}\n");
        foreach (var (name, value) in rule.Labels)
            yaml.Append(CultureInfo.InvariantCulture, $"          {name}: {Quoted(Literal(value))}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"        annotations:\n          description: {Quoted(Describe(rule))}\n");
        if (rule.Runbook is not null)
            yaml.Append(CultureInfo.InvariantCulture, $"          runbook: {Quoted(Literal(rule.Runbook))}\n");
    }

    private static string Expression(AlertRule rule)
    {
        var labels = string.Join(',', rule.Where.Select(label => $"{label.Key}={Quoted(label.Value)}"));
        var series = labels.Length == 0 ? rule.Metric : $"{rule.Metric}{{{labels}}}";
        // What each server tells of all of them is one thing.
        if (!rule.IsOfServer && !rule.Metric.Contains(':', StringComparison.Ordinal))
            series = $"{(rule.IsBelow ? "min" : "max")} without (instance, pod) ({series})";
        return string.Create(CultureInfo.InvariantCulture, $"{series} {(rule.IsBelow ? '<' : '>')} {rule.Limit}");
    }

    private static string Describe(AlertRule rule)
    {
        var value = rule.Unit switch { AlertUnit.Share => "{{ $value | humanizePercentage }}", AlertUnit.Seconds => "{{ $value | humanizeDuration }}", _ => "{{ printf \"%.4g\" $value }}" };
        if (rule.Why.Length == 0)
            return $"{rule.Metric} is {value}, {(rule.IsBelow ? "below" : "above")} {rule.Limit.ToString(CultureInfo.InvariantCulture)}";
        var text = new StringBuilder();
        var last = 0;
        foreach (System.Text.RegularExpressions.Match match in AlertRule.Placeholder().Matches(rule.Why))
        {
            text.Append(Literal(rule.Why[last..match.Index])).Append(match.Groups[1].Value is var name && name == "value" ? value : $"{{{{ $labels.{name} }}}}");
            last = match.Index + match.Length;
        }
        return text.Append(Literal(rule.Why[last..])).ToString();
    }

    /// <summary>Text that Prometheus is not to take for a template.</summary>
    private static string Literal(string text) => text.Replace("{{", "{{ \"{{\" }}", StringComparison.Ordinal);

    /// <summary>A JSON string is one of YAML and of PromQL, too.</summary>
    private static string Quoted(string text) => JsonSerializer.Serialize(text, Quoting);

    private static string Duration(TimeSpan time) =>
        time.Ticks % TimeSpan.TicksPerHour == 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}h")
        : time.Ticks % TimeSpan.TicksPerMinute == 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes}m")
        : time.Ticks % TimeSpan.TicksPerSecond == 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms");
}
