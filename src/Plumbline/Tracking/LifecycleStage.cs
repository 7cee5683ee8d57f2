namespace Plumbline.Tracking;

/// <summary>Deleted experiments and runs are only hidden, so that what was made of them can still be explained.</summary>
public enum LifecycleStage
{
    Active,
    Deleted,
}
