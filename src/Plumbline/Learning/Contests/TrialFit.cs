using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>Fits a family's trials and judges them: once on train, judged on valid, or once in every fold, judged on what the folds hold out. Thread-safe.</summary>
/// <param name="shared">One a fold.</param>
internal sealed class TrialFit(IModelFamily family, FoldSet folds, IReadOnlyList<SharedFits> shared, TrainingOptions options)
{
    private readonly int[][] _labels = [.. folds.Folds.Select(fold => fold.HeldOut.Labels())];

    /// <summary>What nobody decides by is not worth its time.</summary>
    private readonly bool _reportsSteps = options.Contest!.EffectivePruner != PrunerKind.None;

    private readonly bool _keepsModels = options.Contest!.Objectives.Count > 1;

    private sealed record FoldFit(float[] Scores, bool LosesPrior, int Steps, IFittedModel Model);

    /// <param name="report">Told each step, or with several folds each fold, and the macro-F1 so far; false stops the trial.</param>
    /// <returns>Null where it was stopped.</returns>
    public Contestant? Fit(TrialParameters parameters, Func<int, double, bool> report, CancellationToken stop)
    {
        var candidate = new Candidate(family.Name, parameters);
        if (!folds.IsHoldout)
            return FitFolds(candidate, report, stop);
        return FitOne(0, parameters, _reportsSteps ? report : null, stop) is { } fit
            ? Contestant.Judge(candidate, fit.Scores, folds.Labels, folds.Classes, fit.LosesPrior, fit.Steps) with { Models = _keepsModels ? [fit.Model] : null }
            : null;
    }

    private Contestant? FitFolds(Candidate candidate, Func<int, double, bool> report, CancellationToken stop)
    {
        var (classes, count) = (folds.Classes, folds.Folds.Count);
        var pooled = new float[folds.Labels.Length * classes];
        var confusion = new int[classes * classes];
        var (steps, losesPrior, models) = (0, false, new List<IFittedModel>());
        for (var fold = 0; fold < count; fold++)
        {
            var held = FitOne(fold, candidate.Parameters, null, stop)!;
            folds.Put(folds.Folds[fold], held.Scores, pooled);
            Contestant.Count(held.Scores, _labels[fold], classes, confusion);
            (steps, losesPrior) = (steps + held.Steps, held.LosesPrior);
            if (_keepsModels)
                models.Add(held.Model);
            if (!report(fold + 1, DecisionRuleFit.MacroF1(confusion, classes)))
                return null;
        }
        var meanSteps = (int)Math.Round((double)steps / count, MidpointRounding.AwayFromZero);
        return Contestant.Judge(candidate, pooled, folds.Labels, classes, losesPrior, meanSteps) with { Models = _keepsModels ? models : null };
    }

    /// <param name="report">Null where the steps are nobody's business.</param>
    /// <returns>Null where it was stopped.</returns>
    private FoldFit? FitOne(int index, TrialParameters parameters, Func<int, double, bool>? report, CancellationToken stop)
    {
        var (fold, labels, classes) = (folds.Folds[index], _labels[index], folds.Classes);
        (int Step, float[] Scores, double LogLoss)? best = null;
        var request = new FitRequest(fold.Train, fold.Ngrams, parameters, options.Seed)
        {
            Shared = shared[index],
            Valid = fold.HeldOut,
            Intermediate = family.StepsAddCapacity || report is not null ? AfterStep : null,
            Cancellation = stop,
        };
        if (family.Fit(request) is not { } fitted)
            return null;
        var (steps, scores) = best is { } found ? (found.Step, found.Scores) : (fitted.Steps, fitted.Scores(fold.HeldOut, 1));
        return new FoldFit(scores, fitted.LosesPrior, steps, _keepsModels && family.StepsAddCapacity ? fitted.SizedAs(steps) : fitted);

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
