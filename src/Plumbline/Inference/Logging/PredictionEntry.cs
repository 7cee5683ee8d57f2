namespace Plumbline.Inference.Logging;

/// <summary>An answer on its way into the log; the log copies it.</summary>
public readonly ref struct PredictionEntry
{
    /// <summary>As <see cref="PredictionLog.Register"/> returned it.</summary>
    public required LoggedVersion Version { get; init; }

    /// <summary>UUID of version 7.</summary>
    public required Guid Id { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public required long Time { get; init; }

    /// <summary>Hash of the routed unit; 0 where nothing was assigned.</summary>
    public ulong Route { get; init; }

    /// <summary>W3C trace id of the request; 0 where there is none.</summary>
    public UInt128 TraceId { get; init; }

    public TimeSpan Latency { get; init; }

    /// <summary>Index of the label answered.</summary>
    public required int Label { get; init; }

    /// <summary>One a label.</summary>
    public required ReadOnlySpan<float> Probabilities { get; init; }

    /// <summary>One a numeric input; NaN where missing.</summary>
    public ReadOnlySpan<float> Numeric { get; init; }

    /// <summary>One a categorical input: number of the category, or one of <see cref="Features.Category"/>.</summary>
    public ReadOnlySpan<int> Categories { get; init; }

    /// <summary>UTF-8; empty where none was named.</summary>
    public ReadOnlySpan<byte> User { get; init; }

    /// <summary>Like <see cref="User"/>.</summary>
    public ReadOnlySpan<byte> Item { get; init; }

    /// <summary>UTF-8; kept only where the log keeps texts.</summary>
    public ReadOnlySpan<byte> Text { get; init; }
}
