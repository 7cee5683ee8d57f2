using System.Runtime.InteropServices;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Finds what fitted models cost in use: size exactly, latency by predicting texts held out one at a time on one thread, the median of some passes after others that warm
/// up; with several folds both are the mean over the folds' models. Thread-safe; one model is measured at a time, though fits on other threads go on beside it.
/// </summary>
/// <param name="folds">In the order of the folds; none where macro-F1 is the only objective.</param>
internal sealed class CostMeter(IReadOnlyList<MeteredFold> folds, int classes, IReadOnlyList<ContestObjective> objectives, TimeProvider time)
{
    public const int Texts = 200;

    private const int WarmUps = 3;
    private const int Passes = 7;
    private const double Megabyte = 1e6;

    private readonly Lock _gate = new();

    /// <summary>Values of the objectives after macro-F1, in their order.</summary>
    /// <param name="models">One a fold.</param>
    public double[] Measure(IReadOnlyList<IFittedModel> models)
    {
        var values = new double[objectives.Count - 1];
        for (var fold = 0; fold < folds.Count && values.Length > 0; fold++)
        {
            var parameters = models[fold].Parameters(folds[fold].Features);
            for (var i = 0; i < values.Length; i++)
                values[i] += (objectives[i + 1] == ContestObjective.Size ? parameters.Sections.Sum(BytesOf) / Megabyte : Latency(folds[fold], parameters)) / folds.Count;
        }
        return values;
    }

    private static long BytesOf(ModelSection section) => (long)section.Values.Length * Marshal.SizeOf(section.Values.GetType().GetElementType()!);

    private double Latency(MeteredFold fold, ModelParameters parameters)
    {
        var classifier = new Classifier(fold.Features.Contract, classes, parameters.Shape, parameters, Calibration.Identity(classes), DecisionRule.Argmax(classes));
        var probabilities = new float[classes];
        lock (_gate)
        {
            for (var pass = 0; pass < WarmUps; pass++)
                Pass(fold.Sample, classifier, probabilities);
            var microseconds = new double[Passes];
            for (var pass = 0; pass < Passes; pass++)
                microseconds[pass] = Pass(fold.Sample, classifier, probabilities);
            Array.Sort(microseconds);
            return microseconds[Passes / 2];
        }
    }

    /// <returns>Microseconds a text.</returns>
    private double Pass(IReadOnlyList<RecordBatch> sample, Classifier classifier, float[] probabilities)
    {
        var (count, begun) = (0, time.GetTimestamp());
        foreach (var batch in sample)
        {
            for (var record = 0; record < batch.Count && count < Texts; record++, count++)
                classifier.Predict(batch, record, probabilities);
        }
        return time.GetElapsedTime(begun).TotalMicroseconds / Math.Max(1, count);
    }
}

/// <summary>Where the models of a fold are measured.</summary>
/// <param name="Sample">Records that the fold holds out; of more than 200 the first count.</param>
internal sealed record MeteredFold(FittedFeatures Features, IReadOnlyList<RecordBatch> Sample);
