namespace Plumbline.Storage;

/// <summary>The right to work on something, for a time.</summary>
/// <param name="Name">What on.</param>
/// <param name="Token">Fencing token: later leases have larger ones, so that what a stalled holder writes can be refused.</param>
/// <param name="Holder">Who, for people.</param>
public sealed record Lease(string Name, long Token, string Holder, DateTimeOffset Ends);
