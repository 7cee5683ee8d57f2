using System.Text.Json;

namespace Plumbline.Statistics;

/// <summary>
/// Everything measured of a classifier on one split. Scores follow scikit-learn: a ratio without a denominator is 0, macro
/// averages of precision, recall and F1 are over the labels that occur in truth or prediction, weighted ones are by support.
/// Scores of probabilities that are undefined are NaN, which JSON shows as null. Immutable; the same input and seed give
/// the same report bit for bit, whatever the number of threads.
/// </summary>
public sealed record ClassificationReport
{
    /// <summary>With more classes than this only the macro curves are kept.</summary>
    internal const int MaxClassesWithCurves = 10;

    public required int Rows { get; init; }

    public required Estimate Accuracy { get; init; }

    public required Estimate MacroF1 { get; init; }

    public required Estimate WeightedF1 { get; init; }

    public required double MacroPrecision { get; init; }

    public required double MacroRecall { get; init; }

    public required double WeightedPrecision { get; init; }

    public required double WeightedRecall { get; init; }

    /// <summary>Mean of −ln p(truth), p clipped to [2⁻²³, 1 − 2⁻²³].</summary>
    public required double LogLoss { get; init; }

    /// <summary>Mean squared distance of the probabilities from the truth, summed over classes: 0 to 2.</summary>
    public required double Brier { get; init; }

    /// <summary>Expected calibration error of the most probable label, 15 bins of equal width (Guo et al. 2017).</summary>
    public required double Ece { get; init; }

    /// <summary>What chance alone makes of <see cref="Ece"/>: its mean for a perfectly calibrated model with the same confidences of as many rows, simulated. NaN in older reports.</summary>
    public double EceOfPerfect { get; init; } = double.NaN;

    /// <summary>Mean of the classes' one-versus-rest areas, undefined ones left out.</summary>
    public required double MacroRocAuc { get; init; }

    /// <summary>Mean of the classes' average precisions, undefined ones left out.</summary>
    public required double MacroPrAuc { get; init; }

    /// <summary>Resamples behind the 95 % intervals of accuracy, macro and weighted F1.</summary>
    public required int Resamples { get; init; }

    /// <summary>One a label, in the order of the labels.</summary>
    public required ClassScores[] Classes { get; init; }

    /// <summary>One array a true label, one count a predicted label.</summary>
    public required int[][] ConfusionMatrix { get; init; }

    public required ReliabilityBin[] Reliability { get; init; }

    /// <summary>Mean of the classes' ROC curves; null where none is defined.</summary>
    public required Curve? MacroRocCurve { get; init; }

    /// <summary>Mean of the classes' precision-recall curves; null where none is defined.</summary>
    public required Curve? MacroPrCurve { get; init; }

    /// <summary>Measures predictions against the truth.</summary>
    /// <param name="labels">Names of the K labels.</param>
    /// <param name="truth">Index of each row's true label; at least one row.</param>
    /// <param name="predicted">Index of each row's label as decided, which need not be the most probable one.</param>
    /// <param name="probabilities">Row-major n × K, each row summing to 1.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="resamples">Of the bootstrap; 0 for no intervals.</param>
    /// <exception cref="ArgumentException">
    /// No rows, lengths that do not fit together, a label or a probability out of range; the message says where.
    /// </exception>
    public static ClassificationReport Compute(
        IReadOnlyList<string> labels,
        ReadOnlySpan<int> truth,
        ReadOnlySpan<int> predicted,
        ReadOnlySpan<float> probabilities,
        ulong seed,
        int resamples = 1000)
    {
        if (truth.IsEmpty)
            throw new ArgumentException("There are no rows to measure: a report needs at least one.");
        var matrix = new ConfusionMatrix(truth, predicted, labels.Count);
        CheckProbabilities(probabilities, truth.Length, labels.Count);

        var counts = matrix.Counts;
        var (accuracy, macroF1, weightedF1) = Bootstrap.Intervals(matrix, seed, resamples);
        var rankings = new Ranking[labels.Count];
        for (var label = 0; label < rankings.Length; label++)
            rankings[label] = Ranking.OneVersusRest(truth, probabilities, labels.Count, label, withCurves: true);
        var keepCurves = labels.Count <= MaxClassesWithCurves;
        var reliability = Statistics.Reliability.Diagram(truth, probabilities, labels.Count);
        return new ClassificationReport
        {
            Rows = truth.Length,
            Accuracy = accuracy,
            MacroF1 = macroF1,
            WeightedF1 = weightedF1,
            MacroPrecision = counts.MacroPrecision,
            MacroRecall = counts.MacroRecall,
            WeightedPrecision = counts.WeightedPrecision,
            WeightedRecall = counts.WeightedRecall,
            LogLoss = ProbabilityScores.LogLoss(truth, probabilities, labels.Count),
            Brier = ProbabilityScores.Brier(truth, probabilities, labels.Count),
            Ece = Statistics.Reliability.ExpectedCalibrationError(reliability),
            EceOfPerfect = Statistics.Reliability.ErrorOfPerfect(probabilities, labels.Count, seed),
            MacroRocAuc = MeanOfDefined(rankings.Select(ranking => ranking.RocAuc)),
            MacroPrAuc = MeanOfDefined(rankings.Select(ranking => ranking.AveragePrecision)),
            Resamples = resamples,
            Classes =
            [
                .. rankings.Select((ranking, label) => new ClassScores(
                    labels[label],
                    counts.Support(label),
                    counts.Predicted(label),
                    counts.Precision(label),
                    counts.Recall(label),
                    counts.F1(label),
                    ranking.RocAuc,
                    ranking.AveragePrecision,
                    keepCurves ? ranking.Roc : null,
                    keepCurves ? ranking.PrecisionRecall : null)),
            ],
            ConfusionMatrix = matrix.ToArrays(),
            Reliability = reliability,
            MacroRocCurve = MeanCurve(rankings.Select(ranking => ranking.Roc), (0, 0)),
            MacroPrCurve = MeanCurve(rankings.Select(ranking => ranking.PrecisionRecall), (0, 1)),
        };
    }

    /// <summary>The report as one JSON object: snake_case names, null for what is undefined.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StatisticsJson.Default.ClassificationReport);

    /// <exception cref="JsonException">The text is not such an object.</exception>
    public static ClassificationReport FromJson(string json) =>
        JsonSerializer.Deserialize(json, StatisticsJson.Default.ClassificationReport)
        ?? throw new JsonException("A classification report is an object, not null.");

    private static void CheckProbabilities(ReadOnlySpan<float> probabilities, int rows, int classes)
    {
        if (probabilities.Length != (long)rows * classes)
            throw new ArgumentException($"{probabilities.Length} probabilities do not make {rows} rows of {classes}.");
        for (var i = 0; i < probabilities.Length; i++)
        {
            // Rounding may lift a sum of floats a little over 1.
            if (!(probabilities[i] >= 0 && probabilities[i] <= 1.0001f))
                throw new ArgumentException($"Row {i / classes}, label {i % classes}: {probabilities[i]} is no probability: it must be within 0..1.");
        }
    }

    private static double MeanOfDefined(IEnumerable<double> values) =>
        values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();

    private static Curve? MeanCurve(IEnumerable<Curve?> curves, (double X, double Y) start)
    {
        var defined = curves.OfType<Curve>().ToArray();
        return defined.Length == 0 ? null : Curve.Mean(defined, start);
    }
}
