using Plumbline.Inference.Caching;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;
using Prometheus;

namespace Plumbline.Server.Caching;

/// <summary>The prediction cache of a server, and how its texts were answered. Thread-safe.</summary>
internal sealed class ServedCache : IAsyncDisposable
{
    private const string Linear = "linear";

    private readonly PredictionCacheOptions _options;
    private readonly PredictionCache? _cache;
    private readonly Counter.Child? _bypassed;

    public ServedCache(PredictionCacheOptions options, ServerMetrics metrics, TimeProvider time)
    {
        _options = options;
        if (options is { MemoryBytes: 0, Redis: null })
            return;
        _cache = new PredictionCache(options, time);
        var create = Metrics.WithCustomRegistry(metrics.Registry);
        var texts = create.CreateCounter("plumbline_prediction_cache_texts_total", "Texts that the cache was asked for, or could have been.", ["outcome"]);
        _bypassed = texts.WithLabels("bypassed");
        Outcomes = new CacheOutcomes(texts.WithLabels("memory"), texts.WithLabels("shared"), texts.WithLabels("waited"), texts.WithLabels("computed"));
        var bytes = create.CreateGauge("plumbline_prediction_cache_bytes", "Memory that answers take.");
        var answers = create.CreateGauge("plumbline_prediction_cache_answers", "Answers in memory.");
        var evicted = create.CreateCounter("plumbline_prediction_cache_evicted_total", "Answers that made place for others.");
        var up = _cache.IsShared ? create.CreateGauge("plumbline_prediction_cache_redis_up", "0 while Redis does not answer.") : null;
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            bytes.Set(_cache.Bytes);
            answers.Set(_cache.Count);
            evicted.IncTo(_cache.Evicted);
            up?.Set(_cache.IsUp ? 1 : 0);
        });
    }

    public PredictionCache Answers => _cache!;

    public CacheOutcomes Outcomes { get; } = null!;

    /// <summary>This, for a model whose answers are kept; else null: looking for an answer of a linear model saves little.</summary>
    public ServedCache? Of(ServedModel model) => _cache is not null && (_options.Always || model.Predictor.Manifest is not { Model.Kind: Linear }) ? this : null;

    /// <summary>Whether the client wants an answer of its own.</summary>
    public static bool IsRefused(HttpRequest request)
    {
        foreach (var sent in request.Headers.CacheControl)
        {
            if (sent is not null && (sent.Contains("no-cache", StringComparison.OrdinalIgnoreCase) || sent.Contains("no-store", StringComparison.OrdinalIgnoreCase)))
                return true;
        }
        return false;
    }

    public void Bypassed(int texts) => _bypassed!.Inc(texts);

    /// <summary>What predictions do without.</summary>
    public IEnumerable<string> Warnings()
    {
        if (_cache is { IsUp: false })
            yield return "the prediction cache's Redis does not answer, and this server shares no answers with others";
    }

    public ValueTask DisposeAsync() => _cache?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Texts by how they were answered.</summary>
internal sealed record CacheOutcomes(Counter.Child Memory, Counter.Child Shared, Counter.Child Waited, Counter.Child Computed);
