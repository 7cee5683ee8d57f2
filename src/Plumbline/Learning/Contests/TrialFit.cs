using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>Fits a family's trials and judges them: once on train, judged on valid, or once in every fold, judged on what the folds hold out. Thread-safe.</summary>
/// <param name="shared">One a fold.</param>
/// <param name="reportsSteps">Whether anybody decides by the steps of a fit; what nobody decides by is not worth its time.</param>
internal sealed class TrialFit(IModelFamily family, FoldSet folds, IReadOnlyList<SharedFits> shared, ulong seed, bool reportsSteps)
{
    private readonly int[][] _labels = [.. folds.Folds.Select(fold => fold.HeldOut.Labels())];

    /// <param name="report">Told each step, or with several folds each fold, and the macro-F1 so far; false stops the trial.</param>
    /// <returns>Null where it was stopped.</returns>
    public Contestant? Fit(TrialParameters parameters, Func<int, double, bool> report, CancellationToken stop)
    {
        var candidate = new Candidate(family.Name, parameters);
        if (!folds.IsHoldout)
            return FitFolds(candidate, report, stop);
        return FitOne(0, parameters, reportsSteps ? report : null, stop) is var (scores, losesPrior, steps)
            ? Contestant.Judge(candidate, scores, folds.Labels, folds.Classes, losesPrior, steps)
            : null;
    }

    private Contestant? FitFolds(Candidate candidate, Func<int, double, bool> report, CancellationToken stop)
    {
        var (classes, count) = (folds.Classes, folds.Folds.Count);
        var pooled = new float[folds.Labels.Length * classes];
        var confusion = new int[classes * classes];
        var (steps, losesPrior) = (0, false);
        for (var fold = 0; fold < count; fold++)
        {
            var held = FitOne(fold, candidate.Parameters, null, stop)!.Value;
            folds.Put(folds.Folds[fold], held.Scores, pooled);
            Contestant.Count(held.Scores, _labels[fold], classes, confusion);
            (steps, losesPrior) = (steps + held.Steps, held.LosesPrior);
            if (!report(fold + 1, DecisionRuleFit.MacroF1(confusion, classes)))
                return null;
        }
        return Contestant.Judge(candidate, pooled, folds.Labels, classes, losesPrior, (int)Math.Round((double)steps / count, MidpointRounding.AwayFromZero));
    }

    /// <param name="report">Null where the steps are nobody's business.</param>
    /// <returns>Null where it was stopped.</returns>
    private (float[] Scores, bool LosesPrior, int Steps)? FitOne(int index, TrialParameters parameters, Func<int, double, bool>? report, CancellationToken stop)
    {
        var (fold, labels, classes) = (folds.Folds[index], _labels[index], folds.Classes);
        (int Step, float[] Scores, double LogLoss)? best = null;
        var request = new FitRequest(fold.Train, fold.Ngrams, parameters, seed)
        {
            Shared = shared[index],
            Valid = fold.HeldOut,
            Intermediate = family.StepsAddCapacity || report is not null ? AfterStep : null,
            Cancellation = stop,
        };
        if (family.Fit(request) is not { } fitted)
            return null;
        return best is { } found ? (found.Scores, fitted.LosesPrior, found.Step) : (fitted.Scores(fold.HeldOut, 1), fitted.LosesPrior, fitted.Steps);

        bool AfterStep(int step, float[] scores)
        {
            stop.ThrowIfCancellationRequested();
            if (family.StepsAddCapacity)
            {
                var loss = CalibrationFit.LogLoss(scores, labels, classes, CalibrationFit.Fit(scores, labels, classes, CalibrationMethod.Temperature, matchPrior: false));
                if (best is null || loss < best.Value.LogLoss)
                    best = (step, scores, loss);
            }
            return report is null || report(step, Contestant.MacroF1(scores, labels, classes));
        }
    }
}
