namespace Plumbline.Tuning;

/// <summary>A study as it stands.</summary>
public sealed record StudySummary(string Name, StudyDefinition Definition, DateTimeOffset Created, IReadOnlyList<Trial> Trials)
{
    public int Count(TrialState state) => Trials.Count(trial => trial.State == state);

    /// <summary>The complete trial with the best value of the first objective, of equal ones the first; null while none is complete.</summary>
    public Trial? Best
    {
        get
        {
            var front = new Front([Definition.Directions[0]]);
            foreach (var trial in Trials)
                front.Add(trial);
            return front.Trials.Count > 0 ? front.Trials[0] : null;
        }
    }
}
