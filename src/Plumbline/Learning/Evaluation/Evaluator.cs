using System.Text;
using Plumbline.Datasets;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>Runs a classifier over labelled rows, by the same code that serves, and keeps what its report needs.</summary>
internal static class Evaluator
{
    private const int MisclassifiedSamples = 40;

    /// <summary>Scores of rows, the most confident mistakes among them, and every answer.</summary>
    /// <param name="seed">Of the bootstrap intervals.</param>
    /// <param name="labelOf">Index in <paramref name="labels"/> of each label of the rows, where the two lists differ.</param>
    /// <param name="numbers">Names of the numeric columns of the batches, which are kept with the answers; likewise <paramref name="categories"/>.</param>
    /// <exception cref="DatasetException">There are no rows.</exception>
    public static (ClassificationReport Report, MisclassifiedSample[] Misclassified, RowPredictions Rows) Evaluate(
        Classifier classifier, IReadOnlyList<string> labels, Func<IEnumerable<RecordBatch>> read, ulong seed, int threads, CancellationToken cancellation,
        IReadOnlyList<int>? labelOf = null, IReadOnlyList<string>? numbers = null, IReadOnlyList<string>? categories = null)
    {
        var facts = new RowFacts(numbers ?? [], categories ?? []);
        var classes = labels.Count;
        var truth = new List<int>();
        var predicted = new List<int>();
        var probabilities = new List<float>();
        foreach (var batch in RecordBatches.MapInOrder(read(), threads, Predict, cancellation))
        {
            truth.AddRange(batch.Truth);
            predicted.AddRange(batch.Predicted);
            probabilities.AddRange(batch.Probabilities);
            facts.Add(batch.Facts);
        }
        if (truth.Count == 0)
            throw new DatasetException("There are no rows to evaluate: the split is empty.");
        var truths = truth.ToArray();
        var decisions = predicted.ToArray();
        var all = probabilities.ToArray();
        var report = ClassificationReport.Compute(labels, truths, decisions, all, seed);
        var worst = MisclassifiedSample.MostConfident(truths, decisions, all, classes, MisclassifiedSamples);
        return (report, Samples(read(), worst, labels, truths, decisions, all), facts.With(labels, truths, decisions));

        (int[] Truth, int[] Predicted, float[] Probabilities, BatchFacts Facts) Predict(RecordBatch batch)
        {
            var labelsOf = new int[batch.Count];
            var chosen = new int[batch.Count];
            var scores = new float[batch.Count * classes];
            for (var record = 0; record < batch.Count; record++)
            {
                labelsOf[record] = labelOf?[batch.Label(record)] ?? batch.Label(record);
                chosen[record] = classifier.Predict(batch, record, scores.AsSpan(record * classes, classes));
            }
            return (labelsOf, chosen, scores, facts.Of(batch));
        }
    }

    private static MisclassifiedSample[] Samples(
        IEnumerable<RecordBatch> batches, int[] rows, IReadOnlyList<string> labels, int[] truth, int[] predicted, float[] probabilities)
    {
        var wanted = rows.ToHashSet();
        var samples = new List<MisclassifiedSample>();
        var row = 0;
        foreach (var batch in batches)
        {
            for (var record = 0; record < batch.Count; record++, row++)
            {
                if (!wanted.Remove(row))
                    continue;
                samples.Add(new MisclassifiedSample(
                    batch.Row(record), Encoding.UTF8.GetString(batch.Text(record)), labels[truth[row]], labels[predicted[row]],
                    probabilities[(row * labels.Count) + predicted[row]]));
            }
            if (wanted.Count == 0)
                break;
        }
        return [.. samples];
    }
}
