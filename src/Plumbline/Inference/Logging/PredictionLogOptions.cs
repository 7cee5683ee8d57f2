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

    /// <summary>Copies a finished file to where it survives this host, under a name with slashes; null where there is no such place. What it throws is logged, and it is called again later.</summary>
    public Func<string, string, CancellationToken, Task>? Ship { get; init; }

    /// <summary>Length at which a segment is finished.</summary>
    internal long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>Of each of the two buffers.</summary>
    internal int BufferBytes { get; init; } = 8 << 20;

    /// <exception cref="ArgumentException">A value is out of its range; the message names the key.</exception>
    public void Validate()
    {
        if (RetentionDays is < 1 or > 3650)
            throw new ArgumentException(FormattableString.Invariant($"server.prediction_log.retention_days: {RetentionDays} is not 1 to 3650."));
    }
}
