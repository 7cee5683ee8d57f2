namespace Plumbline.Monitoring;

/// <summary>What was found last of a version, of all servers.</summary>
/// <param name="Drift">Of the last hour; null where it has no reference, or nothing was asked.</param>
/// <param name="Quality">Of the last seven days, without periods.</param>
public sealed record MonitorReport(string Version, DateTimeOffset Time, DriftReport? Drift, QualityReport? Quality, RetrainingDecision Decision);
