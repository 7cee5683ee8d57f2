using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;

namespace Plumbline.Learning;

/// <summary>A candidate with what it says of the rows held out: valid, or those of all folds.</summary>
/// <param name="ValidScores">n × K, before calibration; none where another is better in every respect.</param>
/// <param name="LosesPrior">See <see cref="IFittedModel.LosesPrior"/>.</param>
internal sealed record Contestant(CandidateResult Result, float[] ValidScores, bool LosesPrior)
{
    /// <summary>Of a contest with several objectives; else null.</summary>
    public ModelCosts? Costs { get; init; }

    /// <summary>One a fold, as large and as fast as the candidate is; null where nobody asks what it costs.</summary>
    public IReadOnlyList<IFittedModel>? Models { get; init; }

    /// <summary>Measures scores: labels by the largest score, log-loss of the calibrated probabilities.</summary>
    public static Contestant Judge(Candidate candidate, float[] scores, ReadOnlySpan<int> labels, int classes, bool losesPrior, int steps)
    {
        var calibration = CalibrationFit.Fit(scores, labels, classes, CalibrationMethod.Temperature, losesPrior);
        var confusion = new int[classes * classes];
        var correct = 0;
        for (var row = 0; row < labels.Length; row++)
        {
            var predicted = Predicted(scores.AsSpan(row * classes, classes));
            confusion[(labels[row] * classes) + predicted]++;
            correct += predicted == labels[row] ? 1 : 0;
        }
        var result = new CandidateResult(
            candidate, DecisionRuleFit.MacroF1(confusion, classes), (double)correct / Math.Max(1, labels.Length), CalibrationFit.LogLoss(scores, labels, classes, calibration), steps);
        return new Contestant(result, scores, losesPrior);
    }

    /// <summary>Macro-F1 of the labels with the largest scores.</summary>
    public static double MacroF1(float[] scores, ReadOnlySpan<int> labels, int classes)
    {
        var confusion = new int[classes * classes];
        Count(scores, labels, classes, confusion);
        return DecisionRuleFit.MacroF1(confusion, classes);
    }

    /// <summary>Adds rows to a confusion matrix, truth × label with the largest score.</summary>
    public static void Count(float[] scores, ReadOnlySpan<int> labels, int classes, Span<int> confusion)
    {
        for (var row = 0; row < labels.Length; row++)
            confusion[(labels[row] * classes) + Predicted(scores.AsSpan(row * classes, classes))]++;
    }

    /// <summary>For each row the label with the largest score.</summary>
    public int[] Predictions(int classes)
    {
        var predictions = new int[ValidScores.Length / classes];
        for (var row = 0; row < predictions.Length; row++)
            predictions[row] = Predicted(ValidScores.AsSpan(row * classes, classes));
        return predictions;
    }

    private static int Predicted(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var k = 1; k < scores.Length; k++)
            best = scores[k] > scores[best] ? k : best;
        return best;
    }
}
