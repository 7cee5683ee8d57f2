namespace Plumbline.Tracking;

/// <summary>What is to change of a run; null leaves it.</summary>
public sealed record RunUpdate
{
    /// <summary>Any may follow any: who resumes a run makes it running again, and it then has no end.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Unix ms; null: now, where the status becomes an end and there is none yet.</summary>
    public long? EndTime { get; init; }

    public string? Name { get; init; }
}
