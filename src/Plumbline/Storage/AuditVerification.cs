namespace Plumbline.Storage;

/// <summary>What following the chain of events showed.</summary>
/// <param name="Events">Events that were found whole, from the first on.</param>
/// <param name="Head">The last of them.</param>
/// <param name="Fault">What is wrong with the event after them; null if the log is whole.</param>
public sealed record AuditVerification(long Events, AuditHead Head, AuditFault? Fault);

/// <param name="Id">The first event that is not as it was written.</param>
/// <param name="Problem">A complete sentence.</param>
public sealed record AuditFault(long Id, string Problem);
