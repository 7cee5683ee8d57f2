namespace Plumbline.Tracking;

/// <summary>How statuses and stages are written in the store.</summary>
internal static class TrackingNames
{
    public static string Of(RunStatus status) => status switch
    {
        RunStatus.Scheduled => "scheduled",
        RunStatus.Running => "running",
        RunStatus.Finished => "finished",
        RunStatus.Failed => "failed",
        RunStatus.Killed => "killed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static string Of(LifecycleStage stage) => stage switch
    {
        LifecycleStage.Active => "active",
        LifecycleStage.Deleted => "deleted",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };

    public static string Of(LoggedModelStatus status) => status switch
    {
        LoggedModelStatus.Pending => "pending",
        LoggedModelStatus.Ready => "ready",
        LoggedModelStatus.UploadFailed => "upload_failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static RunStatus Status(string name) => Enum.Parse<RunStatus>(name, ignoreCase: true);

    public static LifecycleStage Stage(string name) => Enum.Parse<LifecycleStage>(name, ignoreCase: true);

    public static LoggedModelStatus ModelStatus(string name) => Enum.Parse<LoggedModelStatus>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
