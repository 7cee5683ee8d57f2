using System.Collections.Concurrent;
using Plumbline.Datasets.Aggregates;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Server.Generations;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;
using Prometheus;

namespace Plumbline.Server.PredictionLogging;

/// <summary>Has what callers were answered logged, where that is asked for. A log that cannot be written costs nobody an answer. Thread-safe; allocates nothing for an answer of the usual size.</summary>
internal sealed class LoggedAnswers : IAsyncDisposable
{
    private const int MostOnStack = 64;

    private readonly ConcurrentDictionary<string, (IReadOnlyList<string> Labels, long From)> _answering = new(StringComparer.Ordinal);
    private readonly PredictionLog? _log;
    private readonly RequestIds _ids;
    private readonly TimeProvider _time;
    private readonly string? _closed;

    /// <param name="options">Null logs nothing.</param>
    public LoggedAnswers(PredictionLogOptions? options, RequestIds ids, ServerMetrics metrics, ILogger log, TimeProvider time)
    {
        (_ids, _time) = (ids, time);
        if (options is null)
            return;
        try
        {
            _log = PredictionLog.Open(options, ids.Node(0), time, fault => ServerLog.LogFailed(log, fault));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ServerLog.LogFailed(log, exception.Message);
            _closed = "predictions are not logged: the log cannot be opened, and the server's log says why";
            return;
        }
        var unlogged = Metrics.WithCustomRegistry(metrics.Registry).CreateGauge("plumbline_predictions_unlogged", "Answers that the prediction log does not have.");
        metrics.Registry.AddBeforeCollectCallback(() => unlogged.Set(_log.Dropped));
        if (_log.ShipLag is null)
            return;
        var unshipped = Metrics.WithCustomRegistry(metrics.Registry).CreateGauge("plumbline_predictions_unshipped_seconds", "Logged predictions older than this have a copy in the artifact store.");
        metrics.Registry.AddBeforeCollectCallback(() => unshipped.Set(_log.ShipLag!.Value.TotalSeconds));
    }

    /// <summary>Whether users and items are of use beyond the model.</summary>
    public bool IsOn => _log is not null;

    /// <summary>What is to be known though answers go on.</summary>
    public IEnumerable<string> Warnings()
    {
        if (_closed is not null)
            yield return _closed;
        if (_log is null)
            yield break;
        if (_log.Fault is not null)
            yield return FormattableString.Invariant($"predictions are not logged: the disk refuses them, and the server's log says why; {_log.Dropped} are lost so far");
        else if (_log.Dropped > 0)
            yield return FormattableString.Invariant($"{_log.Dropped} predictions were not logged: they came faster than the disk takes them, or the disk refused them");
        if (_log.ArchiveFault is not null)
            yield return "finished files of the prediction log cannot be archived; the server's log says why";
        if (_log.ShipFault is not null)
            yield return FormattableString.Invariant($"the prediction log of the last {_log.ShipLag!.Value.TotalSeconds:0} s is on this host alone: it cannot be put into the artifact store, and the server's log says why");
    }

    /// <param name="latency">From the whole body to the answer.</param>
    /// <param name="route">Hash of the routed unit; 0 where nothing was assigned.</param>
    /// <param name="traceId">Of the request.</param>
    public void Record(Generation generation, PredictionCall call, TimeSpan latency, ulong route, UInt128 traceId)
    {
        if (_log is null)
            return;
        var model = generation.Model;
        var version = model.Logged ?? Register(generation, call.Answer.Id(0));
        var (numbers, categories) = (model.FirstAggregate - model.FirstInput, model.Features.Length - model.FirstCategorical);
        Span<float> numeric = numbers <= MostOnStack ? stackalloc float[MostOnStack] : new float[numbers];
        Span<int> chosen = categories <= MostOnStack ? stackalloc int[MostOnStack] : new int[categories];
        var now = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        for (var item = 0; item < call.Request.Count; item++)
        {
            for (var i = 0; i < numbers; i++)
                numeric[i] = call.Request.Value(model.FirstInput + i, item) is var value && float.IsFinite(value) ? value : float.NaN;
            for (var i = 0; i < categories; i++)
                chosen[i] = call.Request.CategoryOf(model.FirstCategorical + i, item);
            _log.Append(new PredictionEntry
            {
                Version = version,
                Id = call.Answer.Id(item),
                Time = now,
                Route = route,
                TraceId = traceId,
                Latency = latency,
                Label = call.Answer.Chosen(item),
                Probabilities = call.Answer.Probabilities(item),
                Numeric = numeric[..numbers],
                Categories = chosen[..categories],
                User = call.Request.Entities.Key(EntityKind.User, item),
                Item = call.Request.Entities.Key(EntityKind.Item, item),
                Text = call.Request.Text(item),
            });
        }
    }

    /// <summary>Labels of the version that made a prediction in this process; null where another one did, or none.</summary>
    public IReadOnlyList<string>? LabelsOf(Guid prediction) =>
        _answering.TryGetValue(ServedModelLog.NodeOf(prediction), out var known) && ServedModelLog.MillisecondsOf(prediction) >= known.From ? known.Labels : null;

    public ValueTask DisposeAsync() => _log?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <param name="first">The first of its predictions.</param>
    private LoggedVersion Register(Generation generation, Guid first)
    {
        var model = generation.Model;
        var predictor = model.Predictor;
        // Numbers of generations come again: an older id may be of another version.
        _answering[_ids.Node(generation.Number)] = (predictor.Labels, ServedModelLog.MillisecondsOf(first));
        return model.Logged = _log!.Register(new LoggedVersion(
            model.Version, predictor.Digest, predictor.Labels, [.. predictor.NumericFeatures.Skip(model.FirstInput).Take(model.FirstAggregate - model.FirstInput).Select(feature => feature.Name)],
            predictor.CategoricalFeatures));
    }
}
