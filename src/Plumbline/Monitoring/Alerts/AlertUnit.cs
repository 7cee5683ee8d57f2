namespace Plumbline.Monitoring.Alerts;

/// <summary>What an observation is counted in.</summary>
public enum AlertUnit
{
    None,

    /// <summary>0 to 1.</summary>
    Share,

    Seconds,
}
