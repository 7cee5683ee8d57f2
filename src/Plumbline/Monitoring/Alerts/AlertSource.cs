using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Where observations come from that a server does not make itself. Asked once a round, by one caller at a time.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Observe">At a time, in UTC. What it throws is logged, and the round ends no alert.</param>
public sealed record AlertSource(string Name, Func<IMetadataStore, DateTimeOffset, CancellationToken, Task<IReadOnlyList<AlertObservation>>> Observe);
