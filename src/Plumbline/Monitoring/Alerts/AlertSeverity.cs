namespace Plumbline.Monitoring.Alerts;

/// <summary>How bad it is, the least first.</summary>
public enum AlertSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Somebody should look at it within the day.</summary>
    Warning,

    /// <summary>Somebody should look at it now.</summary>
    Critical,
}
