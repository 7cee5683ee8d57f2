using Microsoft.ML.OnnxRuntime;
using Plumbline.Datasets;
using Plumbline.Inference.Batching;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Answers the rows of a batch by a graph of ONNX, several at once where it takes several, ordered by length, so that little is padded. Which texts are together depends on the batch alone, and so no bit of an
/// answer depends on threads or interruptions. Thread-safe.
/// </summary>
internal sealed class GraphAnswers(IPredictor predictor)
{
    /// <summary>Beyond which graphs gain little.</summary>
    private const int MostAtOnce = 32;

    /// <param name="chosen">Receives the label of each row; those that the graph fails on stay as they are.</param>
    /// <param name="probabilities">One a label of each row of the batch.</param>
    /// <param name="faults">Receives the rows that the graph fails on.</param>
    public void Answer(RecordBatch records, int[] chosen, float[] probabilities, List<RowFault> faults, CancellationToken stop)
    {
        var order = Enumerable.Range(0, records.Count).ToArray();
        Array.Sort(Array.ConvertAll(order, record => records.Text(record).Length), order);
        var most = Math.Min(predictor.MostTexts, MostAtOnce);
        for (var from = 0; from < order.Length;)
        {
            stop.ThrowIfCancellationRequested();
            var shape = default(BatchShape).And(records.Text(order[from]));
            for (var next = shape; shape.Texts < most && from + shape.Texts < order.Length; shape = next)
            {
                next = shape.And(records.Text(order[from + shape.Texts]));
                if (!next.IsEven)
                    break;
            }
            Answer(records, order.AsSpan(from, shape.Texts), chosen, probabilities, faults);
            from += shape.Texts;
        }
    }

    private void Answer(RecordBatch records, ReadOnlySpan<int> together, int[] chosen, float[] probabilities, List<RowFault> faults)
    {
        var labels = predictor.Labels.Count;
        var (found, label) = (new float[together.Length * labels], new int[together.Length]);
        if (!TryAnswer(records, together, found, label))
        {
            // What fails for one fails for all.
            for (var i = 0; i < together.Length && together.Length > 1; i++)
                Answer(records, together.Slice(i, 1), chosen, probabilities, faults);
            if (together.Length == 1)
                faults.Add(new RowFault((int)records.Row(together[0]), null, RowFaultReason.Unanswerable, "the graph fails on it, or gives what is no probability"));
            return;
        }
        for (var i = 0; i < together.Length; i++)
        {
            var row = (int)records.Row(together[i]);
            found.AsSpan(i * labels, labels).CopyTo(probabilities.AsSpan(row * labels));
            chosen[row] = label[i];
        }
    }

    private bool TryAnswer(RecordBatch records, ReadOnlySpan<int> together, float[] probabilities, int[] chosen)
    {
        try
        {
            if (together.Length == 1)
            {
                chosen[0] = predictor.Predict(records.Text(together[0]), [], probabilities, []);
            }
            else
            {
                var texts = new ReadOnlyMemory<byte>[together.Length];
                for (var i = 0; i < texts.Length; i++)
                    texts[i] = records.TextMemory(together[i]);
                predictor.PredictBatch(texts, probabilities, chosen);
            }
            return true;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or ArgumentException or IndexOutOfRangeException or NotFiniteNumberException)
        {
            return false;
        }
    }
}
