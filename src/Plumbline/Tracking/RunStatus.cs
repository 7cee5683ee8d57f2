namespace Plumbline.Tracking;

public enum RunStatus
{
    /// <summary>Not begun yet.</summary>
    Scheduled,
    Running,
    Finished,
    Failed,
    Killed,
}
