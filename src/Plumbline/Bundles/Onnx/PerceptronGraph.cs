using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Bundles.Onnx;

/// <summary>The scores of a perceptron: embeddings averaged by the values of their n-grams, then layers of rectified linear units.</summary>
internal static class PerceptronGraph
{
    public static string Add(OnnxGraph graph, FeatureGraph features, ModelShape shape, FeatureContract contract, IModelMemory memory)
    {
        var perceptron = shape.Perceptron!;
        var ngrams = contract.NgramFeatures;
        var mean = features.Ngrams.WeightedRows(
            features.Ngrams.NormalValues, memory.Array<float>(ModelSections.Embeddings).Span, perceptron.Dimension, ngram => perceptron.EmbeddingRow(ngram, ngrams));
        var floats = memory.Array<float>(ModelSections.Layers).Span;
        var layers = DenseLayer.Of(perceptron, features.OtherColumns + 1, shape.Outputs);
        var outputs = features.Others is null ? mean : graph.Add("Concat", [mean, features.Others], OnnxAttribute.Of("axis", 1));
        for (var i = 0; i < layers.Length; i++)
        {
            var layer = layers[i];
            var biases = floats.Slice(layer.Biases, layer.Lanes).ToArray();
            // The first layer's last input is the constant 1, whose weights are biases.
            var inputs = i == 0 ? layer.Inputs - 1 : layer.Inputs;
            for (var lane = 0; i == 0 && lane < layer.Lanes; lane++)
                biases[lane] += floats[layer.Weights + (inputs * layer.Lanes) + lane];
            var weights = graph.Constant(floats.Slice(layer.Weights, inputs * layer.Lanes), inputs, layer.Lanes);
            outputs = graph.Add("Add", [graph.Add("MatMul", [outputs, weights]), graph.Constant(biases)]);
            if (i < layers.Length - 1)
                outputs = graph.Add("Relu", [outputs]);
        }
        return graph.Slice(outputs, 0, shape.Outputs, 1);
    }
}
