namespace Plumbline.Storage;

/// <summary>Who did what to what, when and why.</summary>
/// <param name="Id">From 1; grows with the order of commits, without gaps, so that nothing is missed by who reads on from the last one seen.</param>
/// <param name="Time">Unix ms.</param>
/// <param name="Action">Such as <c>alias.set</c>.</param>
/// <param name="Subject">Such as <c>reviews@champion</c>.</param>
/// <param name="Detail">A JSON object.</param>
public sealed record AuditEvent(long Id, long Time, string Actor, string Action, string Subject, string Detail);
