using MathNet.Numerics.Distributions;

namespace Plumbline.Tuning.Pruners;

/// <summary>
/// Predictive termination (Domhan, Springenberg &amp; Hutter 2015): stops a trial that will hardly end better than the best so far. Where it will end is predicted from the study's own
/// complete trials (Baker et al. 2017): its last value, and what they gained from that step to their end, which is taken to be normal.
/// </summary>
public sealed record PredictivePruner : Pruner
{
    /// <summary>Probability of ending better than the best below which a trial is stopped; above 0, below 1.</summary>
    public double LeastProbability { get; init; } = 0.05;

    /// <summary>Complete trials that must have a value at or before the step; at least 2.</summary>
    public int StartupTrials { get; init; } = 5;

    internal override void Validate()
    {
        if (!(LeastProbability > 0 && LeastProbability < 1))
            throw new ArgumentException($"least_probability: {LeastProbability} is not between 0 and 1.");
        AtLeast(StartupTrials, 2, "startup_trials");
    }

    internal override bool ShouldPrune(PruningContext context)
    {
        var (step, value) = context.Last;
        var (count, mean, squares, best) = (0, 0.0, 0.0, double.PositiveInfinity);
        foreach (var trial in context.Finished)
        {
            if (trial.State != TrialState.Complete)
                continue;
            var end = context.Loss(trial.Values[0]);
            best = Math.Min(best, end);
            var gain = end - context.Loss(LastUpTo(trial.Intermediate, step));
            if (double.IsNaN(gain))
                continue;
            // Welford's sums.
            var distance = gain - mean;
            mean += distance / ++count;
            squares += distance * (gain - mean);
        }
        return count >= StartupTrials && (double.IsNaN(value) || Probability(context.Loss(value) + mean, count, squares, best) < LeastProbability);
    }

    /// <summary>That of ending below <paramref name="best"/>: one more of normal values of which the mean and the variance are estimated has Student's distribution around the mean.</summary>
    private static double Probability(double predicted, int count, double squares, double best)
    {
        var deviation = Math.Sqrt(squares / (count - 1) * (1 + (1.0 / count)));
        return deviation > 0 ? StudentT.CDF(predicted, deviation, count - 1, best) : predicted <= best ? 1 : 0;
    }

    /// <summary>NaN where there is none.</summary>
    private static double LastUpTo(IReadOnlyList<IntermediateValue> values, int step)
    {
        var last = double.NaN;
        for (var i = 0; i < values.Count && values[i].Step <= step; i++)
            last = values[i].Value;
        return last;
    }
}
