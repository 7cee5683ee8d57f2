namespace Plumbline.Tracking;

/// <summary>Runs, in the order asked for.</summary>
/// <param name="NextPageToken">Null on the last page. Runs that start while a reader turns pages neither repeat nor hide others.</param>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? NextPageToken);
