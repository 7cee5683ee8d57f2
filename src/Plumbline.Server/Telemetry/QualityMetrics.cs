using Plumbline.Monitoring;
using Plumbline.Statistics;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>What was found of quality, of all servers. For one caller at a time.</summary>
internal sealed class QualityMetrics
{
    /// <summary>Bounds the label values of metrics.</summary>
    private const int MostLabels = 100;
    private const string Estimated = "estimated";

    private readonly Gauge _macroF1;
    private readonly Gauge _accuracy;
    private readonly Gauge _f1;
    private readonly Gauge _calibration;
    private readonly Gauge _labels;
    private readonly Gauge _concept;
    private readonly Gauge _data;
    private readonly Gauge _decision;

    public QualityMetrics(CollectorRegistry registry)
    {
        var create = Metrics.WithCustomRegistry(registry);
        _macroF1 = create.CreateGauge("plumbline_quality_macro_f1", "Macro-F1 of the last days: by the labels that have come, or estimated without them; its value and 95 % bounds.", ["bound", "source", "version"]);
        _accuracy = create.CreateGauge("plumbline_quality_accuracy", "Likewise the share of answers that are right.", ["bound", "source", "version"]);
        _f1 = create.CreateGauge("plumbline_quality_f1", "F1 of a label, by the labels that have come.", ["label", "version"]);
        _calibration = create.CreateGauge("plumbline_quality_calibration_error", "Expected calibration error by the labels that have come, less what chance shows.", ["version"]);
        _labels = create.CreateGauge("plumbline_quality_labels", "Labelled predictions of the last days; immature ones are not compared yet, since most labels of their time are still to come.", ["state", "version"]);
        _concept = create.CreateGauge("plumbline_concept_drift", "1 while errors are more frequent than they were.", ["version"]);
        _data = create.CreateGauge("plumbline_data_quality_share", "Requests of the last hour that keep less than the contract promises.", ["feature", "kind", "version"]);
        _decision = create.CreateGauge("plumbline_retraining_decision", "What is to be done: 0 nothing, 1 watch, 2 retrain, 3 ask for approval.", ["version"]);
    }

    public void Set(MonitorReport found)
    {
        _decision.WithLabels(found.Version).Set((int)found.Decision.Action);
        DataFault[] faults = [.. (found.Drift?.DataQuality ?? []).Take(MostLabels)];
        Remove(_data, found.Version, labels => !faults.Any(fault => fault.Feature == labels[0] && fault.Kind == labels[1]));
        foreach (var fault in faults)
            _data.WithLabels(fault.Feature, fault.Kind, found.Version).Set(fault.Share);
        if (found.Quality is { } quality)
            Set(found, quality);
    }

    /// <summary>The version answers no more.</summary>
    public void Forget(string version)
    {
        foreach (var gauge in new[] { _macroF1, _accuracy, _f1, _calibration, _labels, _concept, _data, _decision })
            Remove(gauge, version, _ => true);
    }

    private void Set(MonitorReport found, QualityReport quality)
    {
        _concept.WithLabels(found.Version).Set(quality.ConceptDrift.InForce is null ? 0 : 1);
        _labels.WithLabels("mature", found.Version).Set(quality.Measured?.Labels ?? 0);
        _labels.WithLabels("immature", found.Version).Set(quality.ImmatureLabels);
        if (quality.Estimated is { } estimated)
            Set(found.Version, Estimated, estimated.MacroF1, estimated.Accuracy);
        else
            Array.ForEach([_macroF1, _accuracy], gauge => Remove(gauge, found.Version, labels => labels.Contains(Estimated)));
        if (quality.Measured is not { } measured)
        {
            // Those that were known have become too old.
            foreach (var gauge in new[] { _f1, _calibration, _macroF1, _accuracy })
                Remove(gauge, found.Version, labels => !labels.Contains(Estimated));
            return;
        }
        Set(found.Version, "labels", measured.MacroF1, measured.Accuracy);
        _calibration.WithLabels(found.Version).Set(measured.Ece - measured.EceOfChance);
        foreach (var label in measured.ByLabel.Where(label => label.Support + label.Predicted > 0).Take(MostLabels))
            _f1.WithLabels(label.Label, found.Version).Set(label.F1.Value);
    }

    private void Set(string version, string source, Estimate macroF1, Estimate accuracy)
    {
        foreach (var (gauge, score) in new[] { (_macroF1, macroF1), (_accuracy, accuracy) })
        {
            gauge.WithLabels("value", source, version).Set(score.Value);
            gauge.WithLabels("low", source, version).Set(score.Low);
            gauge.WithLabels("high", source, version).Set(score.High);
        }
    }

    private static void Remove(Gauge gauge, string version, Func<string[], bool> isOver)
    {
        foreach (var labels in gauge.GetAllLabelValues().Where(labels => labels[^1] == version && isOver(labels)).ToArray())
            gauge.RemoveLabelled(labels);
    }
}
