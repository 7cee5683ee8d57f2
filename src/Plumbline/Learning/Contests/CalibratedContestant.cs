using Plumbline.Statistics;

namespace Plumbline.Learning.Contests;

/// <summary>A model as a member of others.</summary>
/// <param name="Calibration">Fitted on all rows held out: with it the member serves.</param>
/// <param name="Probabilities">
/// Of the rows held out, n × K. Where a calibration has a bias a label, that of each row is fitted without its fold: else, with many labels, it would fit the very rows that
/// models are judged on.
/// </param>
internal sealed record CalibratedContestant(Contestant Contestant, Calibration Calibration, float[] Probabilities)
{
    /// <summary>In which calibrations, and what is fitted over several members, are cross-fitted.</summary>
    public const int Folds = 5;

    private const int None = -1;

    /// <summary>Of each row the fold, drawn by the seed, that cross-fitting leaves out.</summary>
    public static int[] FoldsOf(int rows, ulong seed)
    {
        var folds = new int[rows];
        for (var row = 0; row < rows; row++)
            folds[row] = row % Folds;
        new RandomSource(seed).Shuffle<int>(folds);
        return folds;
    }

    /// <param name="folds">Of each row.</param>
    public static CalibratedContestant Of(Contestant contestant, int[] labels, int classes, int[] folds)
    {
        var calibration = CalibrationFit.Fit(contestant.ValidScores, labels, classes, CalibrationMethod.Temperature, contestant.LosesPrior);
        if (IsCrossFitted(contestant, labels))
            return new CalibratedContestant(contestant, calibration, CrossFitted(contestant, labels, classes, folds, None));
        var probabilities = contestant.ValidScores.ToArray();
        for (var row = 0; row < probabilities.Length; row += classes)
            calibration.Apply(probabilities.AsSpan(row, classes));
        return new CalibratedContestant(contestant, calibration, probabilities);
    }

    /// <summary><see cref="Probabilities"/> that know nothing of a fold, whose labels can then judge what is fitted on the others.</summary>
    public float[] Without(int fold, int[] labels, int classes, int[] folds) =>
        IsCrossFitted(Contestant, labels) ? CrossFitted(Contestant, labels, classes, folds, fold) : Probabilities;

    private static bool IsCrossFitted(Contestant contestant, int[] labels) => contestant.LosesPrior && labels.Length >= 2 * Folds;

    /// <summary>Of each row by a calibration that saw neither its fold nor the other one.</summary>
    private static float[] CrossFitted(Contestant contestant, int[] labels, int classes, int[] folds, int other)
    {
        var probabilities = contestant.ValidScores.ToArray();
        for (var fold = 0; fold < Folds; fold++)
        {
            var calibration = FitWithout(fold, other, contestant.ValidScores, labels, classes, folds);
            for (var row = 0; row < folds.Length; row++)
            {
                if (folds[row] == fold)
                    calibration.Apply(probabilities.AsSpan(row * classes, classes));
            }
        }
        return probabilities;
    }

    private static Calibration FitWithout(int fold, int other, float[] scores, int[] labels, int classes, int[] folds)
    {
        var rows = Enumerable.Range(0, labels.Length).Where(row => folds[row] != fold && folds[row] != other).ToArray();
        var others = new float[rows.Length * classes];
        for (var i = 0; i < rows.Length; i++)
            scores.AsSpan(rows[i] * classes, classes).CopyTo(others.AsSpan(i * classes));
        return CalibrationFit.Fit(others, [.. rows.Select(row => labels[row])], classes, CalibrationMethod.Temperature, matchPrior: true);
    }
}
