using System.Text.Json;

namespace Plumbline.Monitoring;

/// <summary>What is to be done about a version, by all that is known of it: what moved, how right it is, whether errors became more frequent. Immutable.</summary>
/// <param name="Version">As in answers.</param>
/// <param name="Time">When it was found.</param>
/// <param name="Action">The gravest of what drift and quality ask for.</param>
/// <param name="Why">With values; what asks for the action first.</param>
public sealed record RetrainingDecision(string Version, DateTimeOffset Time, DriftAction Action, IReadOnlyList<string> Why)
{
    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, QualityJson.Default.RetrainingDecision);

    /// <param name="decisions">Any number; of none nothing is to be done.</param>
    internal static RetrainingDecision Of(string version, DateTimeOffset time, params IReadOnlyList<DriftDecision> decisions)
    {
        var action = decisions.Select(decision => decision.Action).DefaultIfEmpty(DriftAction.None).Max();
        // What says that nothing is the matter is told only where that is all.
        var telling = decisions.Where(decision => action == DriftAction.None || decision.Action != DriftAction.None).OrderByDescending(decision => decision.Action);
        return new RetrainingDecision(version, time, action, [.. telling.SelectMany(decision => decision.Why)]);
    }
}
