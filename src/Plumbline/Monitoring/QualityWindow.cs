namespace Plumbline.Monitoring;

/// <summary>What true labels said of answers of a version that were given in a stretch of time.</summary>
/// <param name="Version">As in answers: <c>reviews/3</c>.</param>
/// <param name="Start">Of the time of the answers.</param>
/// <param name="Slice">Empty: of all; else <c>channel=web</c>.</param>
public sealed record QualityWindow(string Version, DateTimeOffset Start, TimeSpan Length, string Slice, QualitySums Sums)
{
    public DateTimeOffset End => Start + Length;
}
