using Plumbline.Pipelines.Retraining;

namespace Plumbline.Cli.Output;

/// <summary>The story of a retraining, for people.</summary>
internal static class StoryLines
{
    public static IEnumerable<string> Of(RetrainingCycle cycle)
    {
        yield return $"Retraining {cycle.Id} of {cycle.Model}: {Names.Of(cycle.State)}";
        foreach (var why in cycle.Why)
            yield return $"Because   {why}";
        yield return $"Asked for {RunTables.Time(cycle.Created)} UTC by {cycle.RequestedBy} ({Names.Of(cycle.Trigger)}); in use then: {cycle.Champion ?? "nothing"}";
        if (cycle.Approval is { } approval)
            yield return $"Answered  {RunTables.Time(approval.At)} UTC by {approval.By}: {approval.Reason}";
        if (cycle.State == CycleState.Proposed)
            yield return $"Waits     for an answer: plumbline retraining approve {cycle.Id} --reason WHY, or reject";
        if (cycle.Run is { } run)
            yield return $"Run       {run}{(cycle.Ended is null ? $": plumbline pipelines show {run} tells how it stands" : "")}";
        foreach (var line in Work(cycle))
            yield return line;
        if (cycle.Outcome is { } outcome)
            yield return $"Outcome   {outcome}";
    }

    private static IEnumerable<string> Work(RetrainingCycle cycle)
    {
        if (cycle.Data is { } data)
            yield return FormattableString.Invariant($"Data      {data.Rows:n0} rows, {data.Labelled:n0} of them labelled predictions; {data.HeldOut:n0} held out (snapshot {data.Snapshot[..12]})");
        foreach (var family in cycle.Tried)
            yield return FormattableString.Invariant($"Tried     {family.Family}: {family.Trials} trials, {(family.MacroF1 is { } score ? FormattableString.Invariant($"macro-F1 {score:0.000}") : "none complete")}");
        if (cycle.Chosen is { } chosen)
            yield return $"Chosen    {chosen}{(cycle.Challenger is null ? "" : $", as {cycle.Challenger}")}";
        if (cycle.Comparison is { } found)
            yield return FormattableString.Invariant($"Held out  macro-F1 {found.ChampionMacroF1:0.000} of the champion, {found.ChallengerMacroF1:0.000} of the challenger: {found.Difference:+0.000;-0.000} ({found.Low:0.000} to {found.High:0.000})");
        foreach (var failure in cycle.GateFailures)
            yield return $"Gate      {failure}";
        if (cycle.Rollout is { } rollout)
            yield return $"Rollout   {rollout}: {cycle.RolloutWords ?? "under way"}";
        foreach (var live in new[] { cycle.Before, cycle.After }.OfType<LiveScores>())
            yield return FormattableString.Invariant($"Labelled  macro-F1 {live.MacroF1:0.000} of {live.Labels:n0} answers of {live.Version}");
    }
}
