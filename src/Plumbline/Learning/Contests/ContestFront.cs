using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>A trial that no other one of the contest, of whatever family, beats in an objective without losing in another.</summary>
/// <param name="Trial">Its number in its family's study.</param>
public sealed record FrontTrial(string Family, int Trial, double MacroF1, ModelCosts Costs, TrialParameters Parameters);

/// <summary>The Pareto front over the trials of all families.</summary>
internal static class ContestFront
{
    /// <returns>The highest macro-F1 first.</returns>
    public static IReadOnlyList<FrontTrial> Of(IEnumerable<(string Family, IReadOnlyList<Trial> Trials)> families, IReadOnlyList<ContestObjective> objectives)
    {
        var front = new Front(Directions(objectives));
        // Trials of two families may be equal as values.
        var familyOf = new Dictionary<Trial, string>(ReferenceEqualityComparer.Instance);
        foreach (var (family, trials) in families)
        {
            foreach (var trial in trials)
            {
                familyOf[trial] = family;
                front.Add(trial);
            }
        }
        return
        [
            .. front.Trials.OrderByDescending(trial => trial.Values[0])
                .Select(trial => new FrontTrial(familyOf[trial], trial.Number, trial.Values[0], ModelCosts.Of(objectives, trial.Values), trial.Parameters)),
        ];
    }

    public static StudyDirection[] Directions(IReadOnlyList<ContestObjective> objectives) =>
        [.. objectives.Select(objective => objective == ContestObjective.MacroF1 ? StudyDirection.Maximize : StudyDirection.Minimize)];
}
