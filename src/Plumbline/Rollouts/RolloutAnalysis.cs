using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>
/// Decides a rollout from what was measured (docs/specs/rollouts.md). Pure: the same definition, state, measurements and time give the same decision, so it may be repeated, broken off
/// and resumed on another machine. Thread-safe.
/// </summary>
public static class RolloutAnalysis
{
    private const int MostSources = 4096;

    /// <exception cref="ArgumentException">The definition cannot be; the message begins with the key.</exception>
    public static RolloutState Begin(RolloutDefinition definition, DateTimeOffset now)
    {
        definition.Validate();
        now = now.ToUniversalTime();
        return new RolloutState { Started = now, Time = now, StepStarts = [now], Weights = FirstWeights(definition) };
    }

    /// <summary>
    /// Counts the measurements and decides. Those that are known already are not counted again, nor those of other versions, of windows that began before the rollout, or that come
    /// after its end. A window belongs to the step during which it began.
    /// </summary>
    /// <param name="now">A time before that of the state is taken for that.</param>
    /// <exception cref="ArgumentException">A measurement cannot be, or the state is of another definition; nothing was decided.</exception>
    public static RolloutDecision Analyse(RolloutDefinition definition, RolloutState state, IEnumerable<Measurement> measurements, DateTimeOffset now)
    {
        if (state.Weights.Count != definition.Candidates.Count || (definition.Kind == RolloutKind.Canary && state.Step >= definition.Steps.Count))
            throw new ArgumentException($"The state is not one of {definition.Name}: candidates or steps were changed. Begin a new rollout for a new definition.");
        if (state.Phase != RolloutPhase.Running)
            return Ended(definition, state);
        var counted = Count(definition, state, measurements);
        var isRepeated = ReferenceEquals(counted, state) && now <= state.Time && state.Journal.Count > 0;
        var decision = Decide(definition, At(counted, now));
        // Nothing new was measured, no time has passed, and nobody approved anything: the same call again.
        return decision with { State = isRepeated && decision.Action == RolloutAction.Hold ? state : Record(decision, state.Step) };
    }

    /// <summary>What is known of an A/B test in a state; null of another rollout.</summary>
    public static AbReport? Report(RolloutDefinition definition, RolloutState state) => definition.Kind == RolloutKind.Ab ? AbAnalysis.Analyse(definition, state).Test : null;

    private static RolloutDecision Decide(RolloutDefinition definition, RolloutState state) => definition.Kind switch
    {
        RolloutKind.Canary => CanaryAnalysis.Analyse(definition, state),
        RolloutKind.Ab => AbAnalysis.Analyse(definition, state),
        _ => BanditAnalysis.Analyse(definition, state),
    };

    /// <summary>Lets a step end that waits for approval; changes nothing if another one has begun.</summary>
    /// <param name="step">From 0.</param>
    public static RolloutState Approve(RolloutState state, int step) => state.Step == step ? state with { IsApproved = true } : state;

    /// <summary>Gives all traffic back to the stable version, whatever was measured; changes nothing if the rollout has ended.</summary>
    /// <param name="reason">For the journal.</param>
    public static RolloutDecision Abort(RolloutDefinition definition, RolloutState state, string reason, DateTimeOffset now) =>
        End(definition, state, now, running => RollBack(running, [$"aborted: {reason}"], []));

    /// <summary>Gives all traffic to a candidate, whatever was measured; changes nothing if the rollout has ended.</summary>
    /// <param name="reason">For the journal.</param>
    /// <exception cref="ArgumentException">The rollout has no such candidate.</exception>
    public static RolloutDecision Promote(RolloutDefinition definition, RolloutState state, string version, string reason, DateTimeOffset now) =>
        definition.Candidates.Any(candidate => candidate.Version == version)
            ? End(definition, state, now, running => Promote(definition, running, version, [$"promoted by hand: {reason}"], []))
            : throw new ArgumentException(
                $"'{Storage.MetadataText.Quote(version)}' is no candidate of {definition.Name}; it has {string.Join(", ", definition.Candidates.Select(candidate => candidate.Version))}.");

    internal static RolloutDecision RollBack(RolloutState state, IReadOnlyList<string> reasons, IReadOnlyList<GateVerdict> verdicts) => new(
        state with { Phase = RolloutPhase.RolledBack, Weights = [.. state.Weights.Select(_ => 0.0)] }, RolloutAction.RollBack, reasons, verdicts);

    internal static RolloutDecision Promote(RolloutDefinition definition, RolloutState state, string version, IReadOnlyList<string> reasons, IReadOnlyList<GateVerdict> verdicts) => new(
        state with { Phase = RolloutPhase.Promoted, Winner = version, Weights = [.. definition.Candidates.Select(candidate => candidate.Version == version ? 1.0 : 0.0)] },
        RolloutAction.Promote, reasons, verdicts);

    private static RolloutDecision End(RolloutDefinition definition, RolloutState state, DateTimeOffset now, Func<RolloutState, RolloutDecision> end)
    {
        if (state.Phase != RolloutPhase.Running)
            return Ended(definition, state);
        var decision = end(At(state, now));
        return decision with { State = Record(decision, state.Step) };
    }

    /// <summary>What was known of a test in the end is still told.</summary>
    private static RolloutDecision Ended(RolloutDefinition definition, RolloutState state) =>
        new(state, RolloutAction.Hold, [state.Phase == RolloutPhase.Promoted ? $"{state.Winner} was promoted" : $"{definition.Stable} has all traffic again"], [])
        {
            Test = Report(definition, state),
        };

    private static RolloutState At(RolloutState state, DateTimeOffset now) => state with { Time = now > state.Time ? now.ToUniversalTime() : state.Time };

    private static double[] FirstWeights(RolloutDefinition definition) => definition.Kind switch
    {
        RolloutKind.Canary => [definition.Steps[0].Weight],
        RolloutKind.Bandit when definition.Candidates.All(candidate => candidate.Weight == 0) => [.. definition.Candidates.Select(_ => 1.0 / (definition.Candidates.Count + 1))],
        _ => [.. definition.Candidates.Select(candidate => candidate.Weight)],
    };

    /// <summary>The state itself if nothing is new.</summary>
    private static RolloutState Count(RolloutDefinition definition, RolloutState state, IEnumerable<Measurement> measurements)
    {
        var versions = definition.Versions.ToHashSet(StringComparer.Ordinal);
        var totals = state.Totals.ToDictionary(one => (one.Step, one.Version, one.Replayed), one => one.Sums);
        var sources = state.Sources.ToDictionary(one => (one.Source, one.Version, one.Replayed), one => one.Until);
        var isNew = false;
        // In one order, whoever sent them first: sums of fractions depend on it.
        foreach (var measurement in measurements.OrderBy(one => one.Until).ThenBy(one => one.Source, StringComparer.Ordinal).ThenBy(one => one.Version, StringComparer.Ordinal))
        {
            measurement.Validate();
            var source = (measurement.Source, measurement.Version, measurement.Replayed);
            if (!versions.Contains(measurement.Version) || measurement.From < state.Started || (sources.TryGetValue(source, out var until) && measurement.Until <= until))
                continue;
            var step = definition.Kind == RolloutKind.Canary ? state.StepStarts.Count(start => start <= measurement.From) - 1 : 0;
            var key = (step, measurement.Version, measurement.Replayed);
            totals[key] = VersionSums.Sum(totals.GetValueOrDefault(key, VersionSums.None), measurement.Sums);
            sources[source] = measurement.Until.ToUniversalTime();
            isNew = true;
        }
        return !isNew ? state : state with
        {
            Totals = [.. totals.Select(one => new VersionTotals(one.Key.Step, one.Key.Version, one.Key.Replayed, one.Value))
                .OrderBy(one => one.Step).ThenBy(one => one.Version, StringComparer.Ordinal).ThenBy(one => one.Replayed)],
            Sources = [.. sources.Select(one => new CountedSource(one.Key.Source, one.Key.Version, one.Key.Replayed, one.Value))
                .OrderByDescending(one => one.Until).ThenBy(one => one.Source, StringComparer.Ordinal).ThenBy(one => one.Version, StringComparer.Ordinal).Take(MostSources)],
        };
    }

    private static RolloutState Record(RolloutDecision decision, int step)
    {
        var state = decision.State;
        var entry = new JournalEntry(state.Time, state.Time, 1, step, decision.Action, decision.Verdicts, decision.Reasons);
        if (state.Journal is [.., var last] && IsSame(last, entry))
            return state with { Journal = [.. state.Journal.SkipLast(1), entry with { From = last.From, Analyses = last.Analyses + 1 }] };
        return state.Journal.Count < RolloutState.MostEntries ? state with { Journal = [.. state.Journal, entry] }
            : state with { Journal = [.. state.Journal.Skip(1), entry], Forgotten = state.Forgotten + 1 };
    }

    private static bool IsSame(JournalEntry last, JournalEntry now) =>
        last.Step == now.Step && last.Action == now.Action && now.Action == RolloutAction.Hold && last.Reasons.Count == now.Reasons.Count
        && last.Verdicts.Select(verdict => (verdict.Gate, verdict.Outcome)).SequenceEqual(now.Verdicts.Select(verdict => (verdict.Gate, verdict.Outcome)));
}
