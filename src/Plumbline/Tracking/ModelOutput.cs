namespace Plumbline.Tracking;

/// <summary>A logged model that a run made.</summary>
/// <param name="Step">Of training at which it was made.</param>
public sealed record ModelOutput(string ModelId, long Step);
