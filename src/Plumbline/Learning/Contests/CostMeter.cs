using System.Runtime.InteropServices;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Finds what fitted models cost in use: size exactly, latency by predicting texts of valid one at a time on one thread, the median of some passes after others that warm
/// up. Thread-safe; one model is measured at a time, though fits on other threads go on beside it.
/// </summary>
/// <param name="sample">Records of valid; of more than 200 the first count.</param>
internal sealed class CostMeter(FittedFeatures features, int classes, IReadOnlyList<RecordBatch> sample, IReadOnlyList<ContestObjective> objectives, TimeProvider time)
{
    public const int Texts = 200;

    private const int WarmUps = 3;
    private const int Passes = 7;
    private const double Megabyte = 1e6;

    private readonly Lock _gate = new();

    /// <summary>Values of the objectives after macro-F1, in their order.</summary>
    public double[] Measure(IFittedModel model)
    {
        if (objectives.Count == 1)
            return [];
        var parameters = model.Parameters(features);
        return [.. objectives.Skip(1).Select(objective => objective == ContestObjective.Size ? parameters.Sections.Sum(BytesOf) / Megabyte : Latency(parameters))];
    }

    private static long BytesOf(ModelSection section) => (long)section.Values.Length * Marshal.SizeOf(section.Values.GetType().GetElementType()!);

    private double Latency(ModelParameters parameters)
    {
        var classifier = new Classifier(features.Contract, classes, parameters.Shape, parameters, Calibration.Identity(classes), DecisionRule.Argmax(classes));
        var probabilities = new float[classes];
        lock (_gate)
        {
            for (var pass = 0; pass < WarmUps; pass++)
                Pass(classifier, probabilities);
            var microseconds = new double[Passes];
            for (var pass = 0; pass < Passes; pass++)
                microseconds[pass] = Pass(classifier, probabilities);
            Array.Sort(microseconds);
            return microseconds[Passes / 2];
        }
    }

    /// <returns>Microseconds a text.</returns>
    private double Pass(Classifier classifier, float[] probabilities)
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
