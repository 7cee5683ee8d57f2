using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Families;

/// <summary>Models that vote, the weighted mean of their calibrated probabilities; or that are stacked.</summary>
/// <param name="stacking">Null where they vote.</param>
internal sealed class FittedEnsemble(
    string family, int classes, IReadOnlyList<(IFittedModel Model, float Weight, Calibration Calibration)> members, StackingWeights? stacking = null) : IFittedModel
{
    public int Steps => 1;

    public bool LosesPrior => false;

    public float[] Scores(FeatureMatrix matrix, int threads) => stacking is null ? Votes(matrix, threads) : Stacked(matrix, threads, stacking);

    public ModelParameters Parameters(FittedFeatures features)
    {
        var parameters = members.Select(member => member.Model.Parameters(features)).ToArray();
        IEnumerable<ModelSection> sections = NgramSections.Of(features);
        for (var member = 0; member < parameters.Length; member++)
        {
            // All look n-grams up in one vocabulary.
            var prefix = EnsembleScorer.Prefix(member);
            sections = sections.Concat(parameters[member].Sections.Where(section => section.Name != ModelSections.Slots).Select(section => section with { Name = prefix + section.Name }));
        }
        if (stacking is not null)
        {
            sections = sections.Append(ModelSection.Of<float>(ModelSections.StackingWeights, stacking.Weights, members.Count, classes))
                .Append(ModelSection.Of<float>(ModelSections.StackingBiases, stacking.Biases));
        }
        var shapes = members.Zip(parameters).Select(pair => new EnsembleMember(pair.Second.Shape, pair.First.Weight, pair.First.Calibration));
        return new ModelParameters(new ModelShape(family, stacking is null ? EnsembleScorer.Kind : StackingScorer.Kind, classes, FeatureTable.StrideFor(0), [.. shapes]), [.. sections]);
    }

    private float[] Votes(FeatureMatrix matrix, int threads)
    {
        var sums = new float[matrix.Rows * classes];
        foreach (var (model, weight, calibration) in members)
        {
            var scores = model.Scores(matrix, threads);
            for (var row = 0; row < scores.Length; row += classes)
                EnsembleScorer.Vote(scores.AsSpan(row, classes), weight, calibration, sums.AsSpan(row, classes));
        }
        EnsembleScorer.Finish(sums);
        return sums;
    }

    private float[] Stacked(FeatureMatrix matrix, int threads, StackingWeights weights)
    {
        float[][] probabilities = [.. members.Select(member => member.Model.Scores(matrix, threads))];
        var scores = new float[matrix.Rows * classes];
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var member = 0; member < members.Count; member++)
                members[member].Calibration.Apply(probabilities[member].AsSpan(row * classes, classes));
            weights.Score(probabilities, row, scores.AsSpan(row * classes, classes));
        }
        return scores;
    }
}
