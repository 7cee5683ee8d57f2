namespace Plumbline.Pipelines.Graphs;

/// <summary>When a node may run, by how the nodes that it names stand; the words are Airflow's. What can no longer be is skipped, or where a failure is why, <see cref="Runs.TaskState.UpstreamFailed"/>.</summary>
public enum TriggerRule
{
    /// <summary>All succeeded.</summary>
    AllSuccess,

    /// <summary>All failed.</summary>
    AllFailed,

    /// <summary>All are done, whatever came of them.</summary>
    AllDone,

    /// <summary>One succeeded; the others are not waited for.</summary>
    OneSuccess,

    /// <summary>One failed; the others are not waited for.</summary>
    OneFailed,

    /// <summary>One succeeded or failed; the others are not waited for.</summary>
    OneDone,

    /// <summary>All are done and none failed.</summary>
    NoneFailed,

    /// <summary>All are done, none failed, and one succeeded.</summary>
    NoneFailedMinOneSuccess,

    /// <summary>All are done and none was skipped.</summary>
    NoneSkipped,

    /// <summary>At once.</summary>
    Always,
}
