using Plumbline.Monitoring.Alerts;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>What a server holds against the rules of alerts, and whom it tells: docs/specs/alerts.md. Immutable.</summary>
public sealed record AlertMonitorOptions
{
    /// <summary>Called until it succeeds, then never again; the server disposes what it returns. Throws <see cref="MetadataException"/> where the store does not answer.</summary>
    public required Func<IMetadataStore> Open { get; init; }

    public AlertOptions Alerts { get; init; } = new();

    /// <summary>What is observed besides what the server itself does.</summary>
    public IReadOnlyList<AlertSource> Sources { get; init; } = [];

    /// <summary>Between rounds.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(30);
}
