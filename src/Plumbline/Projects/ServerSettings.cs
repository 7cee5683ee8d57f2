using Plumbline.Inference.Caching;
using Plumbline.Monitoring;

namespace Plumbline.Projects;

/// <summary>The <c>server</c> section; null is the server's own default.</summary>
public sealed record ServerSettings
{
    public string? Address { get; init; }

    public int? Port { get; init; }

    public int? GrpcPort { get; init; }

    public IReadOnlyList<ApiKeySettings> ApiKeys { get; init; } = [];

    public int? BodyBytes { get; init; }

    public int? Items { get; init; }

    public int? TextLength { get; init; }

    public int? StreamItems { get; init; }

    public int? StreamBytes { get; init; }

    public int? JsonDepth { get; init; }

    public double? TimeoutSeconds { get; init; }

    public double? GraceSeconds { get; init; }

    public double? PollSeconds { get; init; }

    public double? MeasureSeconds { get; init; }

    public int? AnonymousRequestsPerMinute { get; init; }

    public bool? TrustLoopback { get; init; }

    public IReadOnlyList<string> BatchPaths { get; init; } = [];

    public int? BatchWorkers { get; init; }

    public AdmissionSettings Admission { get; init; } = new(null, null, null, null);

    /// <summary>Which answers are kept to be given again: <c>server.cache</c>.</summary>
    public PredictionCacheOptions? Cache { get; init; }

    public PredictionLogSettings PredictionLog { get; init; } = new(null, null, null, null);

    /// <summary>Whether it is counted what requests and answers are like: <c>server.drift</c>.</summary>
    public bool? Drift { get; init; }

    /// <summary>How often that is told.</summary>
    public double? DriftPeriodSeconds { get; init; }

    /// <summary>Whether what is observed is held against the rules of alerts: <c>server.alerts</c>.</summary>
    public bool? Alerts { get; init; }

    /// <summary>What is done about drift and quality: <c>server.drift.profile</c>.</summary>
    public DriftProfile? DriftProfile { get; init; }
}

/// <summary>What is computed at once, and what may wait: <c>server.admission</c>.</summary>
public sealed record AdmissionSettings(int? Concurrency, int? QueueTexts, double? WaitSeconds, int? BatchTexts);

/// <summary>What is kept of answers: <c>server.prediction_log</c>.</summary>
public sealed record PredictionLogSettings(bool? Enabled, bool? Text, int? RetentionDays, double? ShipSeconds);

/// <summary>A client's key. <see cref="Secret"/> may not be printed.</summary>
public sealed record ApiKeySettings(string Name, Secret Secret, int RequestsPerMinute);
