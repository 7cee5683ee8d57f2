namespace Plumbline.Monitoring;

/// <summary>What a version was asked and answered in a stretch of time.</summary>
/// <param name="Version">As in answers: <c>reviews/3</c>.</param>
/// <param name="Process">Names the server; empty where windows of several were merged.</param>
public sealed record DriftWindow(string Version, DateTimeOffset Start, TimeSpan Length, string Process, DriftSketch Sketch)
{
    /// <summary>How long a server counts before it begins a new window; all begin at multiples of it.</summary>
    public static TimeSpan ShortLength { get; } = TimeSpan.FromMinutes(5);

    public DateTimeOffset End => Start + Length;

    /// <summary>Beginning of the window of some length that a time lies in.</summary>
    public static DateTimeOffset StartOf(DateTimeOffset time, TimeSpan length) => new(time.UtcTicks - (time.UtcTicks % length.Ticks), TimeSpan.Zero);
}
