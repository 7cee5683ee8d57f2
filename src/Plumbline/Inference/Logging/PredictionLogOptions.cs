using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Logging;

/// <summary>What a prediction log keeps, and where: <c>server.prediction_log</c> of <c>plumbline.yaml</c>. Immutable.</summary>
public sealed record PredictionLogOptions
{
    /// <summary>Made if absent; any number of processes may share it.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether texts are kept, too.</summary>
    public bool Text { get; init; }

    /// <summary>1 to 3650; what is older is removed.</summary>
    public int RetentionDays { get; init; } = 30;

    /// <summary>Opens the artifact store, into which all is put that is to survive this host; the log disposes it. Null where there is none.</summary>
    public Func<SharedArtifacts>? Artifacts { get; init; }

    /// <summary>Between two times that what was written since is put there: 1 s to an hour.</summary>
    public TimeSpan ShipInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Length at which a segment is finished.</summary>
    internal long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>Of each of the two buffers.</summary>
    internal int BufferBytes { get; init; } = 8 << 20;

    /// <exception cref="ArgumentException">A value is out of its range; the message names the key.</exception>
    public void Validate()
    {
        if (RetentionDays is < 1 or > 3650)
            throw new ArgumentException(FormattableString.Invariant($"server.prediction_log.retention_days: {RetentionDays} is not 1 to 3650."));
        if (ShipInterval < TimeSpan.FromSeconds(1) || ShipInterval > TimeSpan.FromHours(1))
            throw new ArgumentException(FormattableString.Invariant($"server.prediction_log.ship_seconds: {ShipInterval.TotalSeconds} is not 1 to 3600."));
    }
}
