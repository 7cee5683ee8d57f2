using System.Buffers;
using Plumbline.Bundles;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Server.Generations;
using Plumbline.Server.Monitoring;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>Loads and warms models, which share the feature store. One load at a time.</summary>
internal sealed class ModelLoader(ServerOptions options, ServerMetrics metrics, DriftMonitor drift, RequestIds ids, ILogger log, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Past the 30 calls after which the runtime compiles a method with optimisations.</summary>
    private const int WarmUpCalls = 100;

    /// <summary>Of a model that takes long.</summary>
    private const int FewestCalls = 6;

    /// <summary>As many at once as a graph was tried with.</summary>
    private const int MeasuredTexts = 4;

    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(1);

    private readonly Lock _opening = new();
    private readonly StoreReach _reach = new(log);
    private readonly GenerationNumbers _numbers = new();
    private IFeatureStore? _store;
    private ServedFeatureLog? _record;
    private string? _storeFault;
    private bool _isStoreOpen;

    /// <param name="path">Directory of a bundle, or file of a graph of ONNX.</param>
    /// <param name="version">Registered number; null where it has none.</param>
    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format.</exception>
    public Generation Load(string path, long? version) => Spans.Run("model.load", span =>
    {
        var predictor = IPredictor.Load(path);
        var model = new ServedModel(predictor, options.ModelName, version, metrics, AggregatesOf(predictor));
        try
        {
            WarmUp(model);
            drift.Watch(model);
            span?.SetTag("plumbline.version", model.Version);
            return new Generation(_numbers.Take(), version, path, model) { Freed = generation => _numbers.Return(generation.Number) };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _reach.DisposeAsync();
        if (_record is not null)
            await _record.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    /// <summary>What takes long at each call needs no optimised code around it.</summary>
    private void WarmUp(ServedModel model)
    {
        using var call = new PredictionCall();
        var began = time.GetTimestamp();
        for (var i = 0; i < WarmUpCalls && (i < FewestCalls || time.GetElapsedTime(began) < LongestWarmUp); i++)
        {
            call.Clear();
            call.Body.Write("""{"texts":["I could not put it down \u2013 a wonderful story, 10/10!"]}"""u8);
            call.Read(model, PredictRequestReader.Read, options.Limits);
            var called = time.GetTimestamp();
            call.Complete(model, ids, 0, new Deadline(time, options.Timeout));
            // What the first calls take is mostly theirs alone.
            if (i >= FewestCalls / 2)
                model.ServiceTime.Observe(1, time.GetElapsedTime(called));
        }
        MeasureBatches(model, call.Request.TextMemory(0));
    }

    /// <summary>What several texts at once take, so that from the first request on it is known whether there is a gain.</summary>
    private void MeasureBatches(ServedModel model, ReadOnlyMemory<byte> text)
    {
        var predictor = model.Predictor;
        var most = Math.Min(predictor.MostTexts, options.Admission.BatchTexts);
        var began = time.GetTimestamp();
        for (var i = 0; i < FewestCalls && most > 1 && time.GetElapsedTime(began) < LongestWarmUp; i++)
        {
            var texts = new ReadOnlyMemory<byte>[Math.Min(i % 2 == 0 ? most : 2, MeasuredTexts)];
            Array.Fill(texts, text);
            var called = time.GetTimestamp();
            predictor.PredictBatch(texts, new float[texts.Length * predictor.Labels.Count], new int[texts.Length]);
            model.ServiceTime.Observe(texts.Length, time.GetElapsedTime(called));
        }
    }

    /// <summary>Where the aggregates of a model come from that somebody else loaded; null for one without.</summary>
    public OnlineFeatures? OnlineOf(IPredictor predictor)
    {
        if (predictor.Manifest?.Contract is not { } contract || contract.Options.Numeric.Aggregates.Count == 0)
            return null;
        lock (_opening)
        {
            if (!_isStoreOpen)
                OpenStore();
        }
        return new OnlineFeatures(contract, _store, options.FeatureStore?.Defaults ?? new Dictionary<string, double>());
    }

    private ServedAggregates? AggregatesOf(IPredictor predictor) => OnlineOf(predictor) is { } online ? new ServedAggregates(online, _reach, _record, _storeFault, log) : null;

    private void OpenStore()
    {
        _store = FeatureStore.OpenForPredictions(options.FeatureStore, time, out _storeFault);
        if (_storeFault is not null)
            ServerLog.StoreFailed(log, _storeFault);
        _record = options.ServedFeatures is { } folder ? new ServedFeatureLog(folder, time) : null;
        if (_store is not null && options.FeatureStore!.Kind == FeatureStoreKind.Redis)
            _reach.Watch(_store, time);
        _isStoreOpen = true;
    }
}
