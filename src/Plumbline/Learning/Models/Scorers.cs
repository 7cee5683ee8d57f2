using Plumbline.Features;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Models;

/// <summary>Makes what scores from what was fitted or loaded.</summary>
internal static class Scorers
{
    /// <summary>The kinds of model there are.</summary>
    public static readonly IReadOnlyList<string> Kinds = [LinearScorer.Kind, TreeScorer.Kind, PerceptronScorer.Kind, EnsembleScorer.Kind, StackingScorer.Kind];

    /// <exception cref="InvalidDataException">The kind is unknown, or an array is missing or of another length.</exception>
    public static IScorer Open(ModelShape shape, FeatureContract contract, NumericScaling scaling, IModelMemory memory)
    {
        if (shape.Kind == EnsembleScorer.Kind)
            return new EnsembleScorer(shape, contract, scaling, memory);
        if (shape.Kind == StackingScorer.Kind)
            return new StackingScorer(shape, contract, scaling, memory);
        var table = Table(shape, contract, memory);
        return shape.Kind switch
        {
            LinearScorer.Kind => new LinearScorer(shape, table, scaling, contract.Categories, memory),
            TreeScorer.Kind => new TreeShapScorer(shape, table, scaling, contract, memory),
            PerceptronScorer.Kind => new PerceptronScorer(shape, table, scaling, contract, memory),
            _ => throw new InvalidDataException($"the model is of kind '{shape.Kind}', which this program does not have; use a newer Plumbline"),
        };
    }

    /// <summary>The n-gram table of a model.</summary>
    public static unsafe FeatureTable Table(ModelShape shape, FeatureContract contract, IModelMemory memory)
    {
        var least = FeatureTable.StrideFor(shape.Kind == LinearScorer.Kind ? shape.Outputs : 0);
        return shape.Stride == least
            ? new FeatureTable(memory.Array<float>(ModelSections.Table, (long)contract.NgramFeatures * shape.Stride).Start, shape.Stride)
            : throw new InvalidDataException($"{shape.Outputs} outputs and stride {shape.Stride} do not go together");
    }
}
