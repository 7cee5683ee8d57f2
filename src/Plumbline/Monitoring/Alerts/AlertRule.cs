using System.Globalization;
using System.Text.RegularExpressions;

namespace Plumbline.Monitoring.Alerts;

/// <summary>What an observation must not be, for how long, how bad that is, and what to do: docs/specs/alerts.md. Immutable.</summary>
/// <param name="Name">Letters, digits and <c>_</c>.</param>
/// <param name="Metric">Name of the observation.</param>
/// <param name="Limit">Itself within the limit.</param>
/// <param name="IsBelow">Whether the observation must not be below the limit, instead of above it.</param>
public sealed partial record AlertRule(string Name, string Metric, double Limit, bool IsBelow = false)
{
    /// <summary>Values that labels of the observation must have.</summary>
    public IReadOnlyDictionary<string, string> Where { get; init; } = new Dictionary<string, string>();

    /// <summary>For how long, before the alert fires.</summary>
    public TimeSpan For { get; init; }

    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>Of its alerts, besides those of the observation.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What happened; <c>{value}</c> and the names of labels in braces are put in.</summary>
    public string Why { get; init; } = "";

    public AlertUnit Unit { get; init; }

    /// <summary>What to do, or where that stands.</summary>
    public string? Runbook { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>Whether each server may have a finding of its own.</summary>
    public bool IsOfServer { get; init; }

    /// <summary>The condition as Prometheus has it, for a limit; null: the observation beyond the limit.</summary>
    internal Func<double, string>? Expression { get; init; }

    /// <summary>Whether an observation is of this rule.</summary>
    public bool IsOf(AlertObservation observation)
    {
        if (!Enabled || observation.Name != Metric)
            return false;
        foreach (var (label, value) in Where)
        {
            if (observation.Labels.GetValueOrDefault(label) != value)
                return false;
        }
        return true;
    }

    /// <summary>Whether a value is beyond the limit; what is no finite number is not.</summary>
    public bool IsBroken(double value) => double.IsFinite(value) && (IsBelow ? value < Limit : value > Limit);

    /// <summary>What happened, for one alert.</summary>
    internal string Explain(IReadOnlyDictionary<string, string> labels, double value) =>
        Why.Length == 0 ? $"{Metric} is {Text(value)}, {(IsBelow ? "below" : "above")} {Text(Limit)}"
        : Placeholder().Replace(Why, match => match.Groups[1].Value is var name && name == "value" ? Text(value) : labels.GetValueOrDefault(name, match.Value));

    /// <summary>What stands in braces.</summary>
    [GeneratedRegex(@"\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    internal static partial Regex Placeholder();

    private string Text(double value) => Unit switch
    {
        AlertUnit.Share => value.ToString("0.##%", CultureInfo.InvariantCulture),
        AlertUnit.Seconds => value.ToString("0.###", CultureInfo.InvariantCulture) + " s",
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };
}
