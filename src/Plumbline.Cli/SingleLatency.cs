using Plumbline.Datasets;
using Plumbline.Inference;

namespace Plumbline.Cli;

/// <summary>What one text costs, one at a time, with the bundle as it is served.</summary>
internal static class SingleLatency
{
    private const int Texts = 300;
    private const int WarmUpPasses = 3;

    /// <summary>Median over the first texts of test; NaN if there are none.</summary>
    public static double MedianMicroseconds(string bundle, Snapshot snapshot, TimeProvider time, CancellationToken cancellation)
    {
        using var predictor = Predictor.Load(bundle);
        if (snapshot.Read(Split.Test, Texts, cancellation).FirstOrDefault() is not { } batch)
            return double.NaN;
        var probabilities = new float[predictor.Labels.Count];
        var microseconds = new double[batch.Count];
        for (var pass = 0; pass <= WarmUpPasses; pass++)
        {
            for (var record = 0; record < batch.Count; record++)
            {
                var start = time.GetTimestamp();
                predictor.Predict(batch.Text(record), batch.Inputs(record), probabilities, default);
                microseconds[record] = time.GetElapsedTime(start).TotalMicroseconds;
            }
        }
        Array.Sort(microseconds);
        return microseconds[microseconds.Length / 2];
    }
}
