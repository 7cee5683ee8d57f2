using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>A finished trial as pictures show it.</summary>
/// <param name="Value">Of the objective; of a pruned trial what it had reached; NaN where there is none.</param>
/// <param name="Places">Of its parameters in [0, 1], in the order of the space; NaN where it does not have one.</param>
internal sealed record ShownTrial(Trial Trial, double Value, double[] Places);

/// <summary>The finished trials of a study by one of its objectives. Immutable.</summary>
internal sealed class StudyView
{
    // Share of the golden section: multiples of it spread evenly, however many there are.
    private const double Golden = 0.6180339887;

    /// <param name="prefix">Of the names of its pictures.</param>
    /// <param name="value">What the objective is called.</param>
    /// <param name="objective">From 0.</param>
    public StudyView(StudySummary study, string prefix, string value, int objective = 0)
    {
        (Study, Prefix, Value, Objective) = (study, prefix, value, objective);
        var space = study.Definition.Space;
        HighIsGood = study.Definition.Directions[objective] == StudyDirection.Maximize;
        Trials = [.. study.Trials.Where(trial => trial.IsFinished).Select(trial => new ShownTrial(trial, ValueOf(trial), Spread(trial.Number, space.ToUnit(trial.Parameters))))];
        Complete = [.. Trials.Where(shown => shown.Trial.State == TrialState.Complete).OrderBy(shown => HighIsGood ? -shown.Value : shown.Value).ThenBy(shown => shown.Trial.Number)];
        Axis = ValueAxis.OfMost(Trials.Select(shown => shown.Value).Where(double.IsFinite), HighIsGood);
    }

    public StudySummary Study { get; }

    public string Prefix { get; }

    public string Value { get; }

    public int Objective { get; }

    public bool HighIsGood { get; }

    /// <summary>In the order of their numbers.</summary>
    public IReadOnlyList<ShownTrial> Trials { get; }

    /// <summary>The complete ones, the best first.</summary>
    public IReadOnlyList<ShownTrial> Complete { get; }

    public ShownTrial? Best => Complete.Count > 0 ? Complete[0] : null;

    public ValueAxis Axis { get; }

    public int Count(TrialState state) => Study.Count(state);

    private double ValueOf(Trial trial) => trial.State switch
    {
        TrialState.Complete => trial.Values[Objective],
        TrialState.Pruned when trial.Intermediate.Count > 0 && Study.Definition.Directions.Count == 1 => trial.Intermediate[^1].Value,
        _ => double.NaN,
    };

    /// <summary>Trials of one choice would hide each other: they are spread over half its room.</summary>
    private double[] Spread(int number, double[] places)
    {
        for (var i = 0; i < places.Length; i++)
        {
            if (Study.Definition.Space.Parameters[i] is { IsCategorical: true, Count: { } count })
                places[i] += ((((number + 1) * Golden) % 1) - 0.5) * 0.5 / count;
        }
        return places;
    }
}
