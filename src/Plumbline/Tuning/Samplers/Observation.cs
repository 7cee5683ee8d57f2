using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>A finished trial as samplers see it: places in [0, 1], and losses, which are to be small.</summary>
internal sealed class Observation : IComparable<Observation>
{
    /// <param name="order">How many were told before it.</param>
    public Observation(Trial trial, int order, SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        (Order, State, Units) = (order, trial.State, space.ToUnit(trial.Parameters));
        Losses = new double[directions.Count];
        Array.Fill(Losses, double.PositiveInfinity);
        if (trial.State == TrialState.Complete)
        {
            for (var i = 0; i < Losses.Length; i++)
                Losses[i] = Loss(trial.Values[i], directions[i]);
        }
        else if (trial.State == TrialState.Pruned && trial.Intermediate.Count > 0 && !double.IsNaN(trial.Intermediate[^1].Value))
        {
            Step = trial.Intermediate[^1].Step;
            Losses[0] = Loss(trial.Intermediate[^1].Value, directions[0]);
        }
    }

    public int Order { get; }

    public TrialState State { get; }

    /// <summary>By index of the parameter; NaN where the trial does not have it.</summary>
    public double[] Units { get; }

    /// <summary>One for each objective; of a pruned trial what it last reported; infinite where unknown.</summary>
    public double[] Losses { get; }

    private int Step { get; }

    /// <summary>Best first by the first objective: complete ones, then pruned ones that came further, then failed ones; of equal ones the older.</summary>
    public int CompareTo(Observation? other) => other is null ? 1 : (State, -Step, Losses[0], Order).CompareTo((other.State, -other.Step, other.Losses[0], other.Order));

    private static double Loss(double value, StudyDirection direction) => direction == StudyDirection.Minimize ? value : -value;
}
