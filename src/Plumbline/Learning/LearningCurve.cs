using Plumbline.Features;
using Plumbline.Learning.Families;

namespace Plumbline.Learning;

/// <summary>What a configuration reaches on valid when it is fitted on so many rows of train.</summary>
/// <param name="MacroF1">0 to 1, by the largest score.</param>
public sealed record LearningCurvePoint(int Rows, double MacroF1);

/// <summary>
/// Learning curve of the configuration that won: whether more data would help. Features are those learnt from all of train, and a smaller share lies within a larger
/// one. Costs less than twice a fit.
/// </summary>
internal static class LearningCurve
{
    private static readonly double[] Shares = [0.1, 0.2, 0.4, 0.7];

    /// <param name="whole">What it reached on all of train.</param>
    /// <param name="fit">Fits it on a share; no result depends on the number of threads.</param>
    /// <param name="enough">Ends it with no points.</param>
    public static IReadOnlyList<LearningCurvePoint> Of(
        FeatureMatrix train, FeatureMatrix valid, double whole, Func<FeatureMatrix, IFittedModel> fit, TrainingOptions options, CancellationToken enough)
    {
        var labels = valid.Labels();
        var points = new List<LearningCurvePoint>();
        foreach (var share in Shares)
        {
            if (enough.IsCancellationRequested)
                return [];
            using var part = train.Sample(share, options.Seed, options.Memory);
            try
            {
                points.Add(new LearningCurvePoint(part.Rows, Contestant.MacroF1(fit(part).Scores(valid, options.Threads), labels, valid.Classes)));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // As in a study, what cannot be fitted on few rows is left out: a picture is no reason to lose the model.
            }
        }
        points.Add(new LearningCurvePoint(train.Rows, whole));
        return points;
    }
}
