namespace Plumbline.Pipelines.Runs;

/// <summary>How a run stands.</summary>
public enum RunState
{
    /// <summary>For another of its kind, as one runs at a time.</summary>
    Queued,

    Running,

    Succeeded,

    /// <summary>A node failed.</summary>
    Failed,

    Cancelled,
}
