using Plumbline.Learning;
using Plumbline.Monitoring;
using Plumbline.Pipelines.Schedules;

namespace Plumbline.Pipelines.Retraining;

/// <summary>When a model is retrained, how often, and on what: the section <c>retraining</c> of a <c>plumbline.yaml</c>. Immutable.</summary>
public sealed record RetrainingPolicy
{
    public RetrainingMode Mode { get; init; } = RetrainingMode.Approve;

    /// <summary>From which drift on what is done.</summary>
    public DriftProfile Profile { get; init; } = DriftProfile.Default;

    /// <summary>Between looks for signals.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How much of the champion's traffic is looked at.</summary>
    public TimeSpan DriftWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>From the end of a cycle to the next that begins by itself.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromDays(1);

    /// <summary>After which what nobody approved expires.</summary>
    public TimeSpan ApproveWithin { get; init; } = TimeSpan.FromDays(7);

    public RetrainingBudget Budget { get; init; } = new();

    /// <summary>So many new labels ask for it; null: none do.</summary>
    public int? NewLabels { get; init; }

    /// <summary>By so much of their size the files of the source grow before they ask for it; null: they do not.</summary>
    public double? SourceGrowth { get; init; }

    /// <summary>Cron expression; null: no schedule.</summary>
    public string? Schedule { get; init; }

    /// <summary>IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    public RetrainingData Data { get; init; } = new();

    /// <summary>When the schedule asks; null without one.</summary>
    internal CronTimes? Times => Schedule is null ? null : new CronTimes(Schedule, TimeZone);

    /// <exception cref="ArgumentException">A value is out of its range; the message begins with its key.</exception>
    public void Validate()
    {
        if (Budget.Runs < 1)
            throw new ArgumentException(FormattableString.Invariant($"budget.runs is {Budget.Runs}; it must be at least 1"));
        if (Budget.Trials < 1)
            throw new ArgumentException(FormattableString.Invariant($"budget.trials is {Budget.Trials}; it must be at least 1"));
        if (NewLabels < 1)
            throw new ArgumentException(FormattableString.Invariant($"new_labels is {NewLabels}; it must be at least 1"));
        if (SourceGrowth is not null and not > 0)
            throw new ArgumentException(FormattableString.Invariant($"source_growth is {SourceGrowth}; it must be above 0"));
        foreach (var (key, value) in new[] { ("every", Every), ("drift_window", DriftWindow), ("approve_within", ApproveWithin), ("budget.period", Budget.Period), ("budget.time", Budget.Time ?? TimeSpan.MaxValue), ("data.window", Data.Window) })
        {
            if (value <= TimeSpan.Zero)
                throw new ArgumentException($"{key} must be above 0");
        }
        CheckSchedule();
        Data.Validate();
    }

    /// <summary>What is trained, within the budget.</summary>
    internal TrainingOptions Bounded(TrainingOptions training) => training.Contest is not { } contest ? training : training with
    {
        Contest = contest with { Trials = Math.Min(contest.Trials, Budget.Trials ?? int.MaxValue), Timeout = Budget.Time is { } time && !(contest.Timeout < time) ? time : contest.Timeout },
    };

    private void CheckSchedule()
    {
        try
        {
            _ = Times;
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"schedule cannot be used: {exception.Message}", exception);
        }
    }
}

/// <summary>Who says that a model is retrained.</summary>
public enum RetrainingMode
{
    /// <summary>The policy.</summary>
    Auto,

    /// <summary>A person, once it is proposed.</summary>
    Approve,

    /// <summary>A person, unasked.</summary>
    Off,
}

/// <summary>How much may be spent.</summary>
/// <param name="Runs">Cycles that begin within <see cref="Period"/>.</param>
public sealed record RetrainingBudget(int Runs = 4)
{
    public TimeSpan Period { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Of each family in a contest; null: as many as ever.</summary>
    public int? Trials { get; init; }

    /// <summary>Of a contest; null: as long as ever.</summary>
    public TimeSpan? Time { get; init; }
}

/// <summary>What is trained on, and what the challenger must reach.</summary>
public sealed record RetrainingData
{
    /// <summary>Whether labelled predictions are trained on.</summary>
    public bool Feedback { get; init; } = true;

    /// <summary>So many new labels must have come before anything begins by itself; 0: it does not wait.</summary>
    public int WaitForLabels { get; init; }

    /// <summary>How old they may be.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Share of them that neither model is trained on; above 0, at most 0.8.</summary>
    public double HeldOut { get; init; } = 0.3;

    /// <summary>Of rows held out, below which nothing is said; at least 1.</summary>
    public int LeastLabels { get; init; } = 200;

    /// <summary>The lower end of the difference of macro-F1 must be above it; -1 to 1.</summary>
    public double LeastGain { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range; the message begins with its key.</exception>
    internal void Validate()
    {
        if (HeldOut is not (> 0 and <= 0.8))
            throw new ArgumentException(FormattableString.Invariant($"data.held_out is {HeldOut}; it must be above 0 and at most 0.8"));
        if (WaitForLabels < 0)
            throw new ArgumentException(FormattableString.Invariant($"data.wait_for_labels is {WaitForLabels}; it must be at least 0"));
        if (LeastLabels < 1)
            throw new ArgumentException(FormattableString.Invariant($"data.least_labels is {LeastLabels}; it must be at least 1"));
        if (LeastGain is not (>= -1 and <= 1))
            throw new ArgumentException(FormattableString.Invariant($"data.least_gain is {LeastGain}; it must be within -1 and 1"));
    }
}
