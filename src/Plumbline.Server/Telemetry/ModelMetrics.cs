using Plumbline.Server.Predictions;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>What one model answered. Thread-safe.</summary>
internal sealed class ModelMetrics(Counter.Child[] predictions, ServerHistogram.Series confidence, ServedModel model, Counter warnings)
{
    public void Count(PredictionRequest request, PredictionAnswer answer)
    {
        for (var item = 0; item < request.Count; item++)
        {
            var label = answer.Chosen(item);
            predictions[label].Inc();
            confidence.Observe(answer.Probabilities(item)[label]);
        }
        for (var i = 0; i < model.Watches.Length; i++)
        {
            var faults = answer.Warnings.Any ? answer.Warnings.Faults(model.FirstInput + i) : 0;
            model.Watches[i].Add(faults, areFaulty: true);
            model.Watches[i].Add(request.Count - faults, areFaulty: false);
        }
        if (answer.Warnings.Any)
            CountWarnings(answer.Warnings);
    }

    private void CountWarnings(ContractWarnings found)
    {
        for (var kind = 0; kind < AnswerWriter.KindNames.Length; kind++)
        {
            if (found.Count((WarningKind)kind) == 0)
                continue;
            for (var feature = 0; feature < model.Features.Length; feature++)
            {
                if (found.Items((WarningKind)kind, feature) is not { Count: > 0 } items)
                    continue;
                warnings.WithLabels(AnswerWriter.KindNames[kind], model.Features[feature].MetricName).Inc(items.Count);
                model.Drift?.Recorder.Observe(ContractWarnings.FaultOf((WarningKind)kind), feature, items.Count);
            }
        }
    }
}
