using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Scores of a perceptron.</summary>
internal sealed unsafe class PerceptronScorer : RowScorer
{
    public const string Kind = "perceptron";

    private readonly PerceptronNetwork _network;

    /// <exception cref="InvalidDataException">The shape has no perceptron, or one of impossible sizes, or an array is missing or of another length.</exception>
    public PerceptronScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, FeatureContract contract, IModelMemory memory)
        : base(table, scaling, contract.NgramFeatures)
    {
        var perceptron = shape.Perceptron ?? throw new InvalidDataException("a perceptron's sizes are missing");
        perceptron.Validate(contract.NgramFeatures);
        if (shape.Outputs < 2)
            throw new InvalidDataException($"a perceptron has a score for each label, not {shape.Outputs}");
        var layers = DenseLayer.Of(perceptron, contract.Numeric.Count + contract.Categories + 1, shape.Outputs);
        _network = new PerceptronNetwork(
            perceptron, contract.NgramFeatures, layers, shape.Outputs,
            memory.Array<float>(ModelSections.Embeddings, (long)perceptron.EmbeddingRows * perceptron.Dimension).Start,
            memory.Array<float>(ModelSections.Layers, layers[^1].End).Start);
    }

    public override void Score(FeatureRow row, Span<float> scores) => _network.Score(row, scores);
}
