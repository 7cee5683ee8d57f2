using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>How a server follows the traffic plan of a model: docs/specs/serving.md. Immutable.</summary>
public sealed record DeploymentOptions
{
    /// <summary>Registered name.</summary>
    public required string Model { get; init; }

    /// <summary>Called until it succeeds, then never again; throws what <see cref="IDeploymentSource"/> does.</summary>
    public required Func<IDeploymentSource> Open { get; init; }

    /// <summary>Called until it succeeds, then never again: where plans and rollouts are changed over HTTP; the server disposes what it returns. Null: nowhere.</summary>
    public Func<IMetadataStore>? OpenStore { get; init; }

    /// <summary>How a new version is rolled out where a request names it alone; null: requests say it all.</summary>
    public RolloutTemplate? Rollout { get; init; }

    /// <summary>Folder of the prediction logs of this host, whose requests are answered again where a rollout asks for it; null: none are.</summary>
    public string? Predictions { get; init; }

    /// <summary>File that tells which version was served last; null keeps none.</summary>
    public string? LastGood { get; init; }

    /// <summary>Between looks at the plan.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Between measurements for a rollout.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Where plans and models come from.</summary>
/// <exception cref="MetadataException">The store does not answer, or has no such model.</exception>
public interface IDeploymentSource : IAsyncDisposable
{
    Task<PlannedTraffic> ReadAsync(CancellationToken cancellation);

    /// <summary>Path of a version's bundle directory or ONNX graph on this host; fetches what is missing.</summary>
    /// <exception cref="Bundles.BundleException">It cannot be had.</exception>
    Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation);

    /// <summary>Calls <paramref name="changed"/> when the plan may have changed, until it is cancelled; it must not wait. Where nothing tells of that, it ends at once.</summary>
    Task WatchAsync(Action changed, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>A rollout as it stands; null where nobody knows.</summary>
    Task<StoredRollout?> FindRolloutAsync(string rollout, CancellationToken cancellation) => Task.FromResult<StoredRollout?>(null);

    /// <summary>Keeps what was measured for a rollout, and has it decided.</summary>
    /// <param name="rollout">Name.</param>
    Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation);
}
