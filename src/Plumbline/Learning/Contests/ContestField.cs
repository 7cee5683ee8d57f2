using Plumbline.Features;
using Plumbline.Learning.Families;

namespace Plumbline.Learning.Contests;

/// <summary>What the families of a contest compete on, and share.</summary>
/// <param name="Ngrams">Columns that are n-grams: the first.</param>
internal sealed record ContestField(FeatureMatrix Train, FeatureMatrix Valid, int Ngrams, CostMeter Costs)
{
    public TrainingShape Shape { get; } = TrainingShape.Of(Train, Ngrams);

    public int[] ValidLabels { get; } = Valid.Labels();
}
