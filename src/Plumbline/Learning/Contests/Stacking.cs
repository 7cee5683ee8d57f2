using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Models stacked (Wolpert 1992; Ting &amp; Witten 1999): a multinomial logistic regression over what they say of the rows held out. How strongly it is drawn to their plain mean is
/// chosen by cross-validation over those rows, and it is judged by what the fits without a row, members' biases and all, say of it.
/// </summary>
internal static class Stacking
{
    public const string Family = "stacking";

    private const int Folds = CalibratedContestant.Folds;
    private const string Penalty = "penalty";

    /// <summary>Rows, evenly spread, that a fit looks at: for so few weights more say the same.</summary>
    private const int MostRows = 20_000;

    /// <summary>The strongest first.</summary>
    private static readonly double[] Penalties = [10_000, 1_000, 100, 10, 1];

    /// <param name="folds">Of each row; those that the models are calibrated by.</param>
    /// <param name="threads">No result depends on it.</param>
    /// <returns>Null where there are too few rows.</returns>
    public static EnsembleContestant? Fit(IReadOnlyList<CalibratedContestant> models, int[] labels, int classes, int[] folds, int threads)
    {
        if (labels.Length < 2 * Folds)
            return null;
        var scored = CrossFitted(models, labels, classes, folds, threads);
        var best = Enumerable.Range(0, Penalties.Length).MinBy(penalty => CalibrationFit.LogLoss(scored[penalty], labels, classes, Calibration.Identity(classes)));
        var weights = new StackingFit([.. models.Select(model => model.Probabilities)], labels, classes).Path(Rows(folds, _ => true), Penalties.AsSpan(..(best + 1)))[^1];
        EnsembleMemberFit[] members = [.. models.Select((model, i) => new EnsembleMemberFit(model.Contestant.Result, weights.Mean(i), model.Calibration))];
        var candidate = new Candidate(
            Family,
            new TrialParameters(
            [
                .. members.Select(member => KeyValuePair.Create(member.Result.Candidate.Family, (ParameterValue)(double)member.Weight)), new(Penalty, Penalties[best]),
            ]),
            [.. members.Select(member => member.Result.Candidate)]);
        return new EnsembleContestant(Contestant.Judge(candidate, scored[best], labels, classes, losesPrior: false, steps: 1), members, weights);
    }

    /// <summary>Scores for each penalty, of each row by the fit without its fold.</summary>
    private static float[][] CrossFitted(IReadOnlyList<CalibratedContestant> models, int[] labels, int classes, int[] folds, int threads)
    {
        float[][] scored = [.. Penalties.Select(_ => new float[labels.Length * classes])];
        Parallel.For(0, Folds, new ParallelOptions { MaxDegreeOfParallelism = threads }, fold =>
        {
            float[][] probabilities = [.. models.Select(model => model.Without(fold, labels, classes, folds))];
            var path = new StackingFit(probabilities, labels, classes).Path(Rows(folds, row => folds[row] != fold), Penalties);
            for (var row = 0; row < folds.Length; row++)
            {
                for (var penalty = 0; penalty < path.Length && folds[row] == fold; penalty++)
                    path[penalty].Score(probabilities, row, scored[penalty].AsSpan(row * classes, classes));
            }
        });
        return scored;
    }

    private static int[] Rows(int[] folds, Func<int, bool> isWanted)
    {
        int[] wanted = [.. Enumerable.Range(0, folds.Length).Where(isWanted)];
        var every = ((wanted.Length - 1) / MostRows) + 1;
        return [.. wanted.Where((_, i) => i % every == 0)];
    }
}
