namespace Plumbline.Pipelines.Runs;

/// <summary>How a node or a task stands.</summary>
public enum TaskState
{
    /// <summary>For others.</summary>
    Waiting,

    /// <summary>For a worker, or until it is tried again.</summary>
    Ready,

    Running,

    Succeeded,

    /// <summary>A result that was there already was taken.</summary>
    Cached,

    Skipped,

    Failed,

    /// <summary>Never run, as what it needs failed.</summary>
    UpstreamFailed,

    Cancelled,
}

public static class TaskStates
{
    public static bool IsDone(this TaskState state) => state >= TaskState.Succeeded;

    public static bool IsSuccess(this TaskState state) => state is TaskState.Succeeded or TaskState.Cached;

    public static bool IsFailure(this TaskState state) => state is TaskState.Failed or TaskState.UpstreamFailed or TaskState.Cancelled;
}
