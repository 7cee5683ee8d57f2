using System.Buffers;
using Plumbline.Bundles;
using Plumbline.Features.Online;
using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>Loads and warms a model.</summary>
internal static class ModelLoader
{
    /// <summary>Past the 30 calls after which the runtime compiles a method with optimisations.</summary>
    private const int WarmUpCalls = 100;

    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format.</exception>
    public static ServedModel Load(ServerOptions options, ServerMetrics metrics, RequestIds ids, ILogger log, TimeProvider time)
    {
        IPredictor predictor = File.Exists(options.Bundle) ? OnnxPredictor.Load(options.Bundle) : Predictor.Load(options.Bundle);
        var model = new ServedModel(predictor, options, metrics, OpenAggregates(predictor, options, log, time));
        using var call = new PredictionCall();
        for (var i = 0; i < WarmUpCalls; i++)
        {
            call.Clear();
            call.Body.Write("""{"texts":["I could not put it down \u2013 a wonderful story, 10/10!"]}"""u8);
            call.Run(model, PredictRequestReader.Read, options.Limits, ids, new Deadline(time, options.Timeout));
        }
        return model;
    }

    private static ServedAggregates? OpenAggregates(IPredictor predictor, ServerOptions options, ILogger log, TimeProvider time)
    {
        if (predictor.Manifest?.Contract is not { } contract || contract.Options.Numeric.Aggregates.Count == 0)
            return null;
        var store = FeatureStore.OpenForPredictions(options.FeatureStore, time, out var fault);
        if (fault is not null)
            ServerLog.StoreFailed(log, fault);
        var record = options.ServedFeatures is { } folder ? new ServedFeatureLog(folder, time) : null;
        return new ServedAggregates(new OnlineFeatures(contract, store, options.FeatureStore?.Defaults ?? new Dictionary<string, double>()), record, fault, log);
    }
}
