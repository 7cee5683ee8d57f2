namespace Plumbline.Tuning;

/// <summary>Why a run of a study ended.</summary>
public enum StudyEnd
{
    TrialsSpent,
    TimeSpent,
    NoImprovement,

    /// <summary>The sampler has no more to try, or long suggested nothing but what was tried before.</summary>
    SpaceExhausted,

    /// <summary>Trials that ran are waiting again.</summary>
    Cancelled,
}
