using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>All pictures of a report. Curves are missing where no class has both kinds of rows.</summary>
internal sealed record EvaluationPictures(
    Picture F1, Picture Confusion, Picture Reliability, Picture? Roc, Picture? PrecisionRecall, Picture? LearningCurve, Picture? Importances, IReadOnlyList<Picture> Features)
{
    public IEnumerable<Picture> All => new[] { F1, Confusion, Reliability, Roc, PrecisionRecall, LearningCurve, Importances }.OfType<Picture>().Concat(Features);

    public static EvaluationPictures Of(EvaluationReport report)
    {
        var test = report.Test;
        return new EvaluationPictures(
            BarPicture.DrawF1("f1", "F1 of each class", ByInterest(test.Classes)),
            ConfusionPicture.Draw("confusion", "Confusion matrix", test),
            ReliabilityPicture.Draw("reliability", "Reliability diagram", test.Reliability, test.Ece),
            test.MacroRocCurve is null ? null : CurvePicture.DrawRoc("roc", "ROC curves", test),
            test.MacroPrCurve is null ? null : CurvePicture.DrawPrecisionRecall("precision-recall", "Precision-recall curves", test),
            report.LearningCurve.Length == 0 ? null : LearningCurvePicture.Draw("learning-curve", "Learning curve", report.LearningCurve),
            report.Importances.Length == 0 ? null : BarPicture.DrawImportances("importances", "What the model goes by", report.Importances),
            [
                .. report.StrongestFeatures.Select((features, index) =>
                    BarPicture.DrawFeatures($"features-{index}", $"Strongest features of {features.Label}", features)),
            ]);
    }

    /// <summary>Few classes in their own order; many with the worst first, where one looks.</summary>
    public static IReadOnlyList<ClassScores> ByInterest(ClassScores[] classes) =>
        classes.Length <= ConfusionPicture.MaxLabelsWithNumbers ? classes : [.. classes.OrderBy(scores => scores.F1)];
}
