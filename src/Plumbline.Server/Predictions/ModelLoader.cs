using System.Buffers;
using Plumbline.Bundles;
using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>Loads and warms a model.</summary>
internal static class ModelLoader
{
    /// <summary>Past the 30 calls after which the runtime compiles a method with optimisations.</summary>
    private const int WarmUpCalls = 100;

    /// <exception cref="BundleException">The bundle is damaged, truncated or of a newer format.</exception>
    public static ServedModel Load(ServerOptions options, ServerMetrics metrics, RequestIds ids, TimeProvider time)
    {
        var model = new ServedModel(Predictor.Load(options.Bundle), options, metrics);
        using var call = new PredictionCall();
        for (var i = 0; i < WarmUpCalls; i++)
        {
            call.Clear();
            call.Body.Write("""{"texts":["I could not put it down \u2013 a wonderful story, 10/10!"]}"""u8);
            call.Run(model, PredictRequestReader.Read, options.Limits, ids, new Deadline(time, options.Timeout));
        }
        return model;
    }
}
