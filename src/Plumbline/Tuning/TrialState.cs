namespace Plumbline.Tuning;

public enum TrialState
{
    /// <summary>Its parameters, or some of them, are decided; nobody works on it.</summary>
    Waiting,

    /// <summary>Somebody works on it under a lease.</summary>
    Running,

    /// <summary>It has its values.</summary>
    Complete,

    /// <summary>A pruner stopped it; it has the values reported until then.</summary>
    Pruned,

    /// <summary>It threw, or gave no finite value; its reason says which.</summary>
    Failed,
}
