using Plumbline.Bundles;
using Plumbline.Inference;
using Plumbline.Monitoring;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Monitoring;

/// <summary>A model that answers, with what it was asked and what that is held against. Thread-safe.</summary>
internal sealed class WatchedModel(string version, IPredictor predictor)
{
    private readonly Lazy<DriftReference?> _reference = new(() => ReferenceOf(predictor));
    private readonly Lazy<QualityReference> _quality = new(() => QualityOf(predictor));
    private volatile MonitorReport? _found;

    public string Version => version;

    public DriftRecorder Recorder { get; } = new(predictor);

    /// <summary>Null where the model has none.</summary>
    public DriftReference? Reference => _reference.Value;

    /// <summary>How good the model was when it was trained.</summary>
    public QualityReference Quality => _quality.Value;

    /// <summary>What was found last, by whichever server; null until something was.</summary>
    public MonitorReport? Found
    {
        get => _found;
        set => _found = value;
    }

    /// <summary>What was found of drift.</summary>
    public DriftReport? Latest => _found?.Drift;

    /// <summary>Whether it answers no more: what it counted since is still to be told.</summary>
    public bool IsGone { get; set; }

    /// <summary>Counts the texts and answers of a call, where the model has no features of its own; those of others are counted as they are predicted.</summary>
    public void ObserveWithoutFeatures(PredictionCall call)
    {
        for (var item = 0; item < call.Request.Count && predictor.Manifest is null; item++)
            Recorder.Observe(call.Answer.Id(item), call.Request.Text(item), [], call.Answer.Probabilities(item), call.Answer.Chosen(item));
    }

    private static QualityReference QualityOf(IPredictor predictor)
    {
        try
        {
            return QualityReference.Of(predictor);
        }
        catch (BundleException)
        {
            return new QualityReference(predictor.Labels, double.NaN, double.NaN, null);
        }
    }

    private static DriftReference? ReferenceOf(IPredictor predictor)
    {
        try
        {
            return predictor is Predictor bundle ? DriftReference.Of(bundle) : null;
        }
        catch (BundleException)
        {
            // It answers as it should; only what it was like before is not known.
            return null;
        }
    }
}
