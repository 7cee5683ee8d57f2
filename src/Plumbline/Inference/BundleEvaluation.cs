using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Evaluation;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Inference;

/// <summary>Measures a bundle on data, by the code that serves it.</summary>
public static class BundleEvaluation
{
    /// <summary>Scores the rows of some splits. The snapshot must hold the bundle's numeric inputs, in its order.</summary>
    /// <param name="seed">Of the bootstrap intervals.</param>
    /// <param name="tally">Receives the faults of the values beside the texts; null counts none.</param>
    /// <exception cref="DatasetException">There are no rows, or labels that the bundle does not know.</exception>
    public static EvaluationReport Evaluate(
        Predictor predictor, Snapshot snapshot, IReadOnlyList<Split> splits, ulong seed, int threads, ContractTally? tally = null,
        CancellationToken cancellation = default) => EvaluateRows(predictor, snapshot, splits, seed, threads, tally, cancellation).Report;

    /// <summary>As <see cref="Evaluate"/>, with the answer to every row.</summary>
    public static (EvaluationReport Report, RowPredictions Rows) EvaluateRows(
        Predictor predictor, Snapshot snapshot, IReadOnlyList<Split> splits, ulong seed, int threads, ContractTally? tally = null,
        CancellationToken cancellation = default)
    {
        var labels = predictor.Labels.ToList();
        var labelOf = snapshot.Labels.Select(label => labels.IndexOf(label)).ToArray();
        var unknown = snapshot.Labels.Where((_, i) => labelOf[i] < 0).ToArray();
        if (unknown.Length > 0)
        {
            throw new DatasetException(
                $"{snapshot.Manifest.Sources[0].Name}: the bundle does not know {Quoted(unknown)}; its labels are {Quoted(labels)}. Name the right column with --label, or leave those rows out");
        }
        var (test, misclassified, rows) = Evaluator.Evaluate(
            predictor.Classifier, labels, Read, seed, threads, cancellation, labelOf, [.. snapshot.NumericInputs, .. snapshot.Aggregates], snapshot.CategoricalInputs);
        var report = new EvaluationReport
        {
            Title = $"{predictor.Manifest.Model.Family} · {labels.Count} labels",
            Facts =
            [
                new("Bundle", predictor.Digest),
                new("Snapshot", snapshot.Digest),
                new("Source", snapshot.Manifest.Sources[0].Name),
                new("Splits", string.Join(", ", splits.Select(SplitNames.Of))),
                new("Code", CodeVersion.Current),
            ],
            Test = test,
            Misclassified = misclassified,
        };
        return (report, rows with { Bundle = predictor.Digest, Snapshot = snapshot.Digest, Split = string.Join('+', splits.Select(SplitNames.Of)) });

        IEnumerable<RecordBatch> Read()
        {
            var counts = Interlocked.Exchange(ref tally, null);
            foreach (var batch in splits.SelectMany(split => snapshot.Read(split, stop: cancellation)))
            {
                counts?.Count(batch);
                yield return batch;
            }
        }
    }

    private static string Quoted(IReadOnlyCollection<string> labels)
    {
        const int Shown = 10;
        return string.Join(", ", labels.Take(Shown).Select(label => $"'{MetadataText.Quote(label)}'")) + (labels.Count > Shown ? $" and {labels.Count - Shown} more" : "");
    }
}
