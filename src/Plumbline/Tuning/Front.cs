namespace Plumbline.Tuning;

/// <summary>The complete trials that no other one dominates, in the order in which they came. With one objective: the best trial.</summary>
internal sealed class Front(IReadOnlyList<StudyDirection> directions)
{
    private readonly List<Trial> _trials = [];

    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>Trials added since the front changed.</summary>
    public int Unchanged { get; private set; }

    public void Add(Trial trial)
    {
        Unchanged++;
        if (trial.State != TrialState.Complete || _trials.Exists(other => IsAsGood(other, trial)))
            return;
        _trials.RemoveAll(other => IsAsGood(trial, other));
        _trials.Add(trial);
        Unchanged = 0;
    }

    /// <summary>Whether a is at least as good as b in every objective.</summary>
    private bool IsAsGood(Trial a, Trial b)
    {
        for (var i = 0; i < directions.Count; i++)
        {
            if (directions[i] == StudyDirection.Minimize ? a.Values[i] > b.Values[i] : a.Values[i] < b.Values[i])
                return false;
        }
        return true;
    }
}
