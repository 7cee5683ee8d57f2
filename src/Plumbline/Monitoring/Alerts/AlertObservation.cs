namespace Plumbline.Monitoring.Alerts;

/// <summary>A number at a moment. Immutable.</summary>
/// <param name="Name">As rules ask for it, such as <c>plumbline_drift_psi</c>.</param>
/// <param name="Labels">What it is of.</param>
public sealed record AlertObservation(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>One without labels.</summary>
    public AlertObservation(string name, double value)
        : this(name, new Dictionary<string, string>(), value)
    {
    }
}
