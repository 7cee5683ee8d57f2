namespace Plumbline.Tuning.Pruners;

/// <summary>
/// Stops a trial whose best value so far is worse than the given percentile of the values that complete trials had at the same step (Golovin et al. 2017;
/// the median by default).
/// </summary>
public sealed record PercentilePruner : Pruner
{
    /// <summary>Per cent of the complete trials, the best ones, that a trial has to be among; 50 is the median.</summary>
    public double Percentile { get; init; } = 50;

    /// <summary>No trial is stopped before so many are complete.</summary>
    public int StartupTrials { get; init; } = 5;

    /// <summary>No trial is stopped up to this step.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>After the warm-up a decision is made at the first report in each so many steps.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>Complete trials that must have a value at the step.</summary>
    public int MinTrials { get; init; } = 1;

    internal override void Validate()
    {
        if (!(Percentile >= 0 && Percentile <= 100))
            throw new ArgumentException($"percentile: {Percentile} is not within 0 to 100.");
        AtLeast(StartupTrials, 0, "startup_trials");
        AtLeast(WarmupSteps, 0, "warmup_steps");
        AtLeast(Interval, 1, "interval");
        AtLeast(MinTrials, 1, "min_trials");
    }

    internal override bool ShouldPrune(PruningContext context)
    {
        var step = context.Last.Step;
        if (step <= WarmupSteps || !IsFirstInInterval(context.Values))
            return false;
        var complete = 0;
        var losses = new List<double>();
        foreach (var trial in context.Finished)
        {
            if (trial.State != TrialState.Complete)
                continue;
            complete++;
            if (ValueAt(trial.Intermediate, step) is { } value && !double.IsNaN(value))
                losses.Add(context.Loss(value));
        }
        if (complete == 0 || complete < StartupTrials || losses.Count < MinTrials)
            return false;
        var best = double.NaN;
        foreach (var (_, value) in context.Values)
            best = double.IsNaN(best) || context.Loss(value) < best ? context.Loss(value) : best;
        losses.Sort();
        return double.IsNaN(best) || best > Quantile(losses, Percentile / 100);
    }

    private bool IsFirstInInterval(IReadOnlyList<IntermediateValue> values) =>
        values.Count < 2 || values[^2].Step <= WarmupSteps || (values[^2].Step - WarmupSteps - 1) / Interval < (values[^1].Step - WarmupSteps - 1) / Interval;

    private static double? ValueAt(IReadOnlyList<IntermediateValue> values, int step)
    {
        var (low, high) = (0, values.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (values[middle].Step == step)
                return values[middle].Value;
            if (values[middle].Step < step)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    /// <summary>Linear between order statistics: type 7 of Hyndman &amp; Fan (1996).</summary>
    private static double Quantile(List<double> sorted, double level)
    {
        var position = level * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return position == below ? sorted[below] : sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
