using System.Buffers;
using Plumbline.Bundles;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Server.Generations;
using Plumbline.Server.Monitoring;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>Loads and warms models, which share the feature store. One load at a time.</summary>
internal sealed class ModelLoader(ServerOptions options, ServerMetrics metrics, DriftMonitor drift, RequestIds ids, ILogger log, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Past the 30 calls after which the runtime compiles a method with optimisations.</summary>
    private const int WarmUpCalls = 100;

    private int _loads;
    private IFeatureStore? _store;
    private ServedFeatureLog? _record;
    private string? _storeFault;
    private bool _isStoreOpen;

    /// <param name="path">Directory of a bundle, or file of a graph of ONNX.</param>
    /// <param name="version">Registered number; null where it has none.</param>
    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format.</exception>
    public Generation Load(string path, long? version)
    {
        IPredictor predictor = File.Exists(path) ? OnnxPredictor.Load(path) : Predictor.Load(path);
        var model = new ServedModel(predictor, options.ModelName, version, metrics, AggregatesOf(predictor));
        using var call = new PredictionCall();
        for (var i = 0; i < WarmUpCalls; i++)
        {
            call.Clear();
            call.Body.Write("""{"texts":["I could not put it down \u2013 a wonderful story, 10/10!"]}"""u8);
            call.Read(model, PredictRequestReader.Read, options.Limits);
            call.Complete(model, ids, 0, new Deadline(time, options.Timeout));
        }
        drift.Watch(model);
        return new Generation(_loads++ % RequestIds.Generations, version, path, model);
    }

    public async ValueTask DisposeAsync()
    {
        if (_record is not null)
            await _record.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    private ServedAggregates? AggregatesOf(IPredictor predictor)
    {
        if (predictor.Manifest?.Contract is not { } contract || contract.Options.Numeric.Aggregates.Count == 0)
            return null;
        if (!_isStoreOpen)
        {
            _store = FeatureStore.OpenForPredictions(options.FeatureStore, time, out _storeFault);
            if (_storeFault is not null)
                ServerLog.StoreFailed(log, _storeFault);
            _record = options.ServedFeatures is { } folder ? new ServedFeatureLog(folder, time) : null;
            _isStoreOpen = true;
        }
        return new ServedAggregates(new OnlineFeatures(contract, _store, options.FeatureStore?.Defaults ?? new Dictionary<string, double>()), _record, _storeFault, log);
    }
}
