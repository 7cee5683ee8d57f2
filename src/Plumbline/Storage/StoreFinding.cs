namespace Plumbline.Storage;

/// <summary>What one check of a metadata store found.</summary>
/// <param name="Check">Such as <c>pages</c>.</param>
/// <param name="Found">In words; empty where it could not be looked at.</param>
/// <param name="Faults">What is wrong, a sentence each; none if all is well.</param>
public sealed record StoreFinding(string Check, string Found, IReadOnlyList<string> Faults);
