using Plumbline.Rollouts.Gates;

namespace Plumbline.Rollouts;

/// <summary>Where a rollout stands, with all that was measured and found. Immutable; all that <see cref="RolloutAnalysis"/> needs to go on.</summary>
public sealed record RolloutState
{
    /// <summary>Entries of <see cref="Journal"/> at most; the oldest go first.</summary>
    public const int MostEntries = 256;

    public RolloutPhase Phase { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Of the last analysis. It never goes back, whatever the clock does.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Step of a canary, period of a bandit, from 0; 0 of an A/B test.</summary>
    public int Step { get; init; }

    /// <summary>When each step began, up to the present one; of a bandit only the first and the present period.</summary>
    public required IReadOnlyList<DateTimeOffset> StepStarts { get; init; }

    /// <summary>Whether the present step has been approved.</summary>
    public bool IsApproved { get; init; }

    /// <summary>Present share of each candidate, in the definition's order; the stable version has the rest.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>The version that was promoted; null as long as none was.</summary>
    public string? Winner { get; init; }

    /// <summary>All that was measured, by step (0 but for a canary), version, and whether it was replayed.</summary>
    public IReadOnlyList<VersionTotals> Totals { get; init; } = [];

    /// <summary>Up to when each source was counted.</summary>
    public IReadOnlyList<CountedSource> Sources { get; init; } = [];

    /// <summary>ln of the most that the units of the arms ever spoke against their shares.</summary>
    public double SampleRatioEvidence { get; init; }

    /// <summary>What was found, the newest last; what is found again and again is one entry.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; init; } = [];

    /// <summary>Entries that are no longer in <see cref="Journal"/>.</summary>
    public long Forgotten { get; init; }

    /// <summary>W3C's <c>traceparent</c> of what began it, whose trace has all that is carried out; null where that was not traced.</summary>
    public string? TraceParent { get; init; }

    internal DateTimeOffset StepStarted => StepStarts[^1];

    internal VersionSums Sums(int step, string version, bool replayed) =>
        Totals.FirstOrDefault(totals => totals.Step == step && totals.Version == version && totals.Replayed == replayed)?.Sums ?? VersionSums.None;
}

public enum RolloutPhase
{
    Running,

    /// <summary>A candidate gets all traffic.</summary>
    Promoted,

    /// <summary>The stable version gets all traffic.</summary>
    RolledBack,
}

public sealed record VersionTotals(int Step, string Version, bool Replayed, VersionSums Sums);

public sealed record CountedSource(string Source, string Version, bool Replayed, DateTimeOffset Until);

/// <summary>What analyses found.</summary>
/// <param name="From">Time of the first of them, likewise <paramref name="Until"/> of the last.</param>
/// <param name="Verdicts">Of the last.</param>
public sealed record JournalEntry(
    DateTimeOffset From, DateTimeOffset Until, long Analyses, int Step, RolloutAction Action, IReadOnlyList<GateVerdict> Verdicts, IReadOnlyList<string> Reasons);
