using Plumbline.Learning;
using Plumbline.Learning.Evaluation;
using Plumbline.Learning.Explanations;
using Plumbline.Statistics;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Learning.Evaluation;

internal static class EvaluationReports
{
    /// <summary>Markup, quotes, bidi overrides, NUL, a lone surrogate, other controls, several scripts.</summary>
    public const string Hostile = "</title><script>alert(1)</script>\"'&amp;<!-- \u202Eoverride\u2066 nul\0 bell\a \ud800 \uFFFE شكرا ありがとう 👩‍🚀";

    /// <summary>A report whose every text begins with <paramref name="text"/>.</summary>
    public static EvaluationReport Generate(int classes, string text = "name")
    {
        var sample = Sample.Generate(3, 400, classes);
        var labels = Enumerable.Range(0, classes).Select(label => $"{text} {label}").ToArray();
        var test = ClassificationReport.Compute(labels, sample.Truth, sample.Predicted, sample.Probabilities, seed: 1, resamples: 20);
        return new EvaluationReport
        {
            Title = text,
            Facts = [new Fact(text, text), new Fact("seed", "1")],
            Test = test,
            Valid = test,
            Misclassified = [new MisclassifiedSample(3, text, labels[0], labels[^1], 0.8), new MisclassifiedSample(9, text + " surest", labels[0], labels[^1], 0.9)],
            StrongestFeatures = [.. labels.Select(label => new ClassFeatures(label, [new FeatureWeight(text, 2.5), new FeatureWeight("good", 1.25)]))],
            Importances = [new Importance(text, true, 0.5), new Importance(text, false, 0.25)],
            LearningCurve = [new LearningCurvePoint(100, 0.4), new LearningCurvePoint(1_000, 0.5)],
            ContestPage = "contest.html",
            Candidates = [new ComparedCandidate(text, "c=0.3", 0.4, 1.1, false), new ComparedCandidate(text, "", 0.5, 1, true)],
        };
    }
}
