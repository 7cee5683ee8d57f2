using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Which models vote together, and with what weights: greedy selection with replacement on valid (Caruana et al. 2004), each round adding the model that lowers the
/// log-loss of the mean most, until none does.
/// </summary>
internal static class EnsembleSelection
{
    public const string Family = "ensemble";

    private const int MostRounds = 20;
    private const int Folds = 5;

    /// <param name="threads">No result depends on it.</param>
    /// <returns>Null where a single model is best.</returns>
    public static EnsembleContestant? Select(IReadOnlyList<Contestant> models, int[] labels, int classes, int threads = 1)
    {
        var calibrations = new Calibration[models.Count];
        var probabilities = new float[models.Count][];
        Parallel.For(0, models.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            calibrations[i] = Calibrated(models[i].ValidScores, labels, classes, models[i].LosesPrior);
            probabilities[i] = Probabilities(models[i], calibrations[i], labels, classes);
        });
        var sum = new float[labels.Length * classes];
        var counts = new int[models.Count];
        var (rounds, least) = (0, double.PositiveInfinity);
        for (; rounds < MostRounds; rounds++)
        {
            var (best, loss) = Enumerable.Range(0, models.Count).Select(i => (Model: i, Loss: LogLoss(sum, probabilities[i], rounds + 1, labels, classes))).MinBy(pair => pair.Loss);
            if (loss >= least - 1e-6)
                break;
            least = loss;
            counts[best]++;
            for (var i = 0; i < sum.Length; i++)
                sum[i] += probabilities[best][i];
        }
        if (counts.Count(count => count > 0) < 2)
            return null;
        var members = Enumerable.Range(0, models.Count).Where(i => counts[i] > 0)
            .Select(i => new EnsembleMemberFit(models[i].Result, (float)counts[i] / rounds, calibrations[i])).ToArray();
        // What serves is computed from the weights, so that it is judged from them, too.
        Array.Clear(sum);
        foreach (var (member, i) in members.Zip(Enumerable.Range(0, models.Count).Where(i => counts[i] > 0)))
            for (var at = 0; at < sum.Length; at++)
                sum[at] += member.Weight * probabilities[i][at];
        Models.EnsembleScorer.Finish(sum);
        var candidate = new Candidate(
            Family, new TrialParameters(members.Select(member => KeyValuePair.Create(member.Result.Candidate.Family, (ParameterValue)(double)member.Weight))),
            [.. members.Select(member => member.Result.Candidate)]);
        return new EnsembleContestant(Contestant.Judge(candidate, sum, labels, classes, losesPrior: false, steps: 1), members);
    }

    private static Calibration Calibrated(float[] scores, int[] labels, int classes, bool matchPrior) =>
        CalibrationFit.Fit(scores, labels, classes, CalibrationMethod.Temperature, matchPrior);

    /// <summary>
    /// Where a calibration has a bias a label, that of each row is fitted without its fold: else, with many labels, it would fit the very rows that models are judged on.
    /// </summary>
    private static float[] Probabilities(Contestant model, Calibration calibration, int[] labels, int classes)
    {
        var probabilities = model.ValidScores.ToArray();
        var folds = model.LosesPrior && labels.Length >= 2 * Folds ? Folds : 1;
        for (var fold = 0; fold < folds; fold++)
        {
            var fitted = folds == 1 ? calibration : WithoutFold(model.ValidScores, labels, classes, fold);
            for (var row = fold; row < labels.Length; row += folds)
                fitted.Apply(probabilities.AsSpan(row * classes, classes));
        }
        return probabilities;
    }

    private static Calibration WithoutFold(float[] scores, int[] labels, int classes, int fold)
    {
        var rows = Enumerable.Range(0, labels.Length).Where(row => row % Folds != fold).ToArray();
        var others = new float[rows.Length * classes];
        for (var i = 0; i < rows.Length; i++)
            scores.AsSpan(rows[i] * classes, classes).CopyTo(others.AsSpan(i * classes));
        return Calibrated(others, [.. rows.Select(row => labels[row])], classes, matchPrior: true);
    }

    private static double LogLoss(float[] sum, float[] more, int voices, int[] labels, int classes)
    {
        double loss = 0;
        for (var row = 0; row < labels.Length; row++)
        {
            var at = (row * classes) + labels[row];
            loss -= Math.Log(Math.Max(1e-15, (sum[at] + more[at]) / voices));
        }
        return loss / labels.Length;
    }
}

/// <summary>A model that votes.</summary>
internal sealed record EnsembleMemberFit(CandidateResult Result, float Weight, Calibration Calibration);

/// <summary>An ensemble as it competes.</summary>
internal sealed record EnsembleContestant(Contestant Contestant, IReadOnlyList<EnsembleMemberFit> Members);
