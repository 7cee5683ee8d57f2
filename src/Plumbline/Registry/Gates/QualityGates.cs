using Plumbline.Registry.Evidence;
using Plumbline.Statistics;

namespace Plumbline.Registry.Gates;

/// <summary>Gates on what a version scores by itself.</summary>
internal static class QualityGates
{
    public static IEnumerable<GateResult> MinMetric(GateOptions gates, ModelEvidence candidate) => gates.MinMetric.Select(
        metric => GateResult.Of("min_metric", metric.Key, () => GateResult.AtLeast("min_metric", metric.Key, candidate.Metric(metric.Key), metric.Value)));

    public static IEnumerable<GateResult> ClassFloors(GateOptions gates, ModelEvidence candidate) => gates.ClassFloors.SelectMany(floor => Evaluate(floor, candidate));

    public static IEnumerable<GateResult> Calibration(GateOptions gates, ModelEvidence candidate)
    {
        const string Gate = "calibration", Subject = "ECE above that of a perfectly calibrated model";
        if (gates.MaxExcessEce is { } most)
            yield return GateResult.Of(Gate, Subject, () => GateResult.AtMost(Gate, Subject, candidate.Metric("test.ece") - candidate.Metric("test.ece_of_perfect"), most));
    }

    private static GateResult[] Evaluate(ClassFloor floor, ModelEvidence candidate)
    {
        const string Gate = "class_floors";
        try
        {
            var classes = candidate.Test.Classes;
            ClassScores[] meant = [.. classes.Where(scores => floor.Label is null || scores.Label == floor.Label)];
            return meant.Length == 0
                ? [new GateResult(Gate, floor.Label!, false, null, null, $"{candidate.Name} has no class '{floor.Label}'; it has {string.Join(", ", classes.Select(scores => scores.Label))}")]
                : [.. meant.SelectMany(Floors)];
        }
        catch (MissingEvidenceException missing)
        {
            return [new GateResult(Gate, floor.Label ?? "each class", false, null, null, missing.Message)];
        }

        IEnumerable<GateResult> Floors(ClassScores scores)
        {
            (string Name, double Value, double? Least)[] floors = [("precision", scores.Precision, floor.Precision), ("recall", scores.Recall, floor.Recall), ("F1", scores.F1, floor.F1)];
            return floors.Where(score => score.Least is not null).Select(score => GateResult.AtLeast(Gate, $"{score.Name} of {scores.Label}", score.Value, score.Least!.Value));
        }
    }
}
