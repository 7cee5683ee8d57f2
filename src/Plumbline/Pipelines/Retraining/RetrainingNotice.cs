using System.Data.Common;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Has the model's notifiers tell what became of a cycle, once a state.</summary>
internal static class RetrainingNotice
{
    private const string Name = "PlumblineRetraining";
    private const int LongestText = 2000;

    /// <summary>Within the transaction of the change.</summary>
    public static void Raise(DbConnection connection, RetrainingCycle cycle, DateTimeOffset now)
    {
        var (severity, what) = cycle.State switch
        {
            CycleState.Proposed => (AlertSeverity.Warning, $"Retraining of {cycle.Model} waits for approval: {string.Join("; ", cycle.Why)}"),
            CycleState.Running => (AlertSeverity.Info, $"Retraining of {cycle.Model} has begun: {string.Join("; ", cycle.Why)}"),
            CycleState.Failed or CycleState.RolledBack => (AlertSeverity.Warning, $"Retraining of {cycle.Model} is {Word(cycle.State)}: {cycle.Outcome}"),
            CycleState.Approved => (AlertSeverity.Info, $"Retraining of {cycle.Model} is asked for: {string.Join("; ", cycle.Why)}"),
            _ => (AlertSeverity.Info, $"Retraining of {cycle.Model} is {Word(cycle.State)}: {cycle.Outcome}"),
        };
        var labels = new Dictionary<string, string> { ["cycle"] = cycle.Id, ["state"] = RunWords.Of(cycle.State), ["trigger"] = RunWords.Of(cycle.Trigger) };
        AlertStore.Raise(
            connection, now, cycle.Model, Name, severity, AlertWords.Shorten(what, LongestText), $"{cycle.Id}/{RunWords.Of(cycle.State)}", labels,
            cycle.State == CycleState.Proposed ? $"plumbline retraining approve {cycle.Id} --reason TEXT, or reject" : $"plumbline retraining show {cycle.Id}");
    }

    private static string Word(CycleState state) => RunWords.Of(state).Replace('_', ' ');
}
