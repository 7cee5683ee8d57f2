namespace Plumbline.Tracking;

public enum RunStatus
{
    Running,
    Finished,
    Failed,
    Killed,
}
