namespace Plumbline.Tuning;

/// <summary>Why a run of a study ended.</summary>
public enum StudyEnd
{
    TrialsSpent,
    TimeSpent,
    NoImprovement,

    /// <summary>The sampler has no more to try.</summary>
    SpaceExhausted,

    /// <summary>Trials that ran are waiting again.</summary>
    Cancelled,
}
