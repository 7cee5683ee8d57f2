using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Models stacked (Wolpert 1992; Ting &amp; Witten 1999): a multinomial logistic regression over what they say of the rows held out. How strongly it is drawn to their plain mean is
/// chosen by cross-validation over those rows, and it is judged by what the fits without a row say of it.
/// </summary>
internal static class Stacking
{
    public const string Family = "stacking";

    private const int Folds = 5;
    private const string Penalty = "penalty";

    /// <summary>Rows, evenly spread, that a fit looks at: for so few weights more say the same.</summary>
    private const int MostRows = 20_000;

    /// <summary>The strongest first.</summary>
    private static readonly double[] Penalties = [10_000, 1_000, 100, 10, 1];

    /// <returns>Null where there are too few rows.</returns>
    public static EnsembleContestant? Fit(IReadOnlyList<CalibratedContestant> models, int[] labels, int classes, ulong seed, int threads)
    {
        if (labels.Length < 2 * Folds)
            return null;
        float[][] probabilities = [.. models.Select(model => model.Probabilities)];
        var fit = new StackingFit(probabilities, labels, classes);
        var folds = new int[labels.Length];
        for (var row = 0; row < folds.Length; row++)
            folds[row] = row % Folds;
        new RandomSource(seed).Shuffle<int>(folds);
        var paths = new StackingWeights[Folds][];
        Parallel.For(0, Folds, new ParallelOptions { MaxDegreeOfParallelism = threads }, fold => paths[fold] = fit.Path(Rows(folds, row => folds[row] != fold), Penalties));
        var scored = Penalties.Select((_, penalty) => Scores(probabilities, folds, paths, penalty, classes)).ToArray();
        var best = Enumerable.Range(0, Penalties.Length).MinBy(penalty => CalibrationFit.LogLoss(scored[penalty], labels, classes, Calibration.Identity(classes)));
        var weights = fit.Path(Rows(folds, _ => true), Penalties.AsSpan(..(best + 1)))[^1];
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

    /// <summary>Of each row by the fit without its fold.</summary>
    private static float[] Scores(float[][] probabilities, int[] folds, StackingWeights[][] paths, int penalty, int classes)
    {
        var scores = new float[folds.Length * classes];
        for (var row = 0; row < folds.Length; row++)
            paths[folds[row]][penalty].Score(probabilities, row, scores.AsSpan(row * classes, classes));
        return scores;
    }

    private static int[] Rows(int[] folds, Func<int, bool> isWanted)
    {
        int[] wanted = [.. Enumerable.Range(0, folds.Length).Where(isWanted)];
        var every = ((wanted.Length - 1) / MostRows) + 1;
        return [.. wanted.Where((_, i) => i % every == 0)];
    }
}
