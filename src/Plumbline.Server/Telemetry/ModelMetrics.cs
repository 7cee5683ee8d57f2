using Plumbline.Server.Predictions;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>What one model answered. Thread-safe.</summary>
internal sealed class ModelMetrics(Counter.Child[] predictions, Histogram.Child confidence, Counter.Child[] warnings)
{
    public void Count(PredictionRequest request, PredictionAnswer answer)
    {
        for (var item = 0; item < request.Count; item++)
        {
            var label = answer.Chosen(item);
            predictions[label].Inc();
            confidence.Observe(answer.Probabilities(item)[label]);
        }
        if (!answer.Warnings.Any)
            return;
        for (var kind = 0; kind < warnings.Length; kind++)
            warnings[kind].Inc(answer.Warnings.Count((WarningKind)kind));
    }
}
