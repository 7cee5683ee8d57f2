using Plumbline.Datasets;
using Plumbline.Inference;

namespace Plumbline.Cli;

/// <summary>What predicting costs with the bundle as it is served, once code and memory are warm.</summary>
/// <param name="SingleMicroseconds">Median of texts one at a time, on one thread.</param>
/// <param name="BatchMicroseconds">Wall time a text when many are answered on all threads.</param>
internal sealed record PredictionSpeed(double SingleMicroseconds, double BatchMicroseconds)
{
    private const int MostTexts = 20_000;
    private const int BatchSize = 256;
    private const int WarmUpPasses = 3;

    /// <summary>Measures over the first texts of test; NaN if there are none.</summary>
    public static PredictionSpeed Measure(string bundle, Snapshot snapshot, int threads, TimeProvider time, CancellationToken cancellation)
    {
        using var predictor = Predictor.Load(bundle);
        var batches = snapshot.Read(Split.Test, BatchSize, cancellation).Take(MostTexts / BatchSize).ToArray();
        return batches.Length == 0
            ? new PredictionSpeed(double.NaN, double.NaN)
            : new PredictionSpeed(PredictionLatency.Median(predictor, batches, time), Batch(predictor, batches, threads, time, cancellation));
    }

    private static double Batch(Predictor predictor, RecordBatch[] batches, int threads, TimeProvider time, CancellationToken cancellation)
    {
        var microseconds = 0.0;
        for (var pass = 0; pass <= WarmUpPasses; pass++)
        {
            var start = time.GetTimestamp();
            var texts = RecordBatches.MapInOrder(batches, threads, Predict, cancellation).Sum();
            microseconds = time.GetElapsedTime(start).TotalMicroseconds / texts;
        }
        return microseconds;

        int Predict(RecordBatch batch)
        {
            var probabilities = new float[predictor.Labels.Count * batch.Count];
            for (var record = 0; record < batch.Count; record++)
                predictor.Predict(batch, record, probabilities.AsSpan(record * predictor.Labels.Count, predictor.Labels.Count));
            return batch.Count;
        }
    }
}
