using Plumbline.Datasets;

namespace Plumbline.Inference;

/// <summary>What one prediction costs with a bundle as it is served, once code and memory are warm.</summary>
public static class PredictionLatency
{
    private const int Texts = 300;
    private const int WarmUpPasses = 3;

    /// <summary>Microseconds: the median of up to 300 texts answered one at a time on the calling thread; NaN if there are none.</summary>
    public static double Median(Predictor predictor, IEnumerable<RecordBatch> batches, TimeProvider time)
    {
        var first = First(batches);
        var probabilities = new float[predictor.Labels.Count];
        var microseconds = new List<double>();
        for (var pass = 0; pass <= WarmUpPasses; pass++)
        {
            microseconds.Clear();
            foreach (var batch in first)
            {
                for (var record = 0; record < batch.Count && microseconds.Count < Texts; record++)
                {
                    var start = time.GetTimestamp();
                    predictor.Predict(batch, record, probabilities);
                    microseconds.Add(time.GetElapsedTime(start).TotalMicroseconds);
                }
            }
        }
        microseconds.Sort();
        return microseconds.Count == 0 ? double.NaN : microseconds[microseconds.Count / 2];
    }

    private static RecordBatch[] First(IEnumerable<RecordBatch> batches)
    {
        var (first, texts) = (new List<RecordBatch>(), 0);
        foreach (var batch in batches)
        {
            first.Add(batch);
            if ((texts += batch.Count) >= Texts)
                break;
        }
        return [.. first];
    }
}
