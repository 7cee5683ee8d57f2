namespace Plumbline.Learning.Models;

/// <summary>One fully connected layer. A row holds the weights from one input to every output, so that inputs of 0 cost nothing.</summary>
/// <param name="Weights">Offset of inputs × lanes weights among the floats of all layers.</param>
/// <param name="Biases">Offset of the biases, one a lane.</param>
/// <param name="Lanes">Outputs rounded up to a multiple of 8; those beyond the outputs have weights and biases of 0.</param>
internal sealed record DenseLayer(int Inputs, int Lanes, int Weights, int Biases)
{
    public int End => Biases + Lanes;

    /// <summary>
    /// The layers of a perceptron one after another. The inputs of the first are the mean embedding, then every column after the n-grams.
    /// </summary>
    public static DenseLayer[] Of(PerceptronShape shape, int otherColumns, int outputs)
    {
        var layers = new DenseLayer[shape.Hidden.Count + 1];
        var (inputs, start) = (shape.Dimension + otherColumns, 0);
        for (var i = 0; i < layers.Length; i++)
        {
            var lanes = PerceptronShape.LanesFor(i < shape.Hidden.Count ? shape.Hidden[i] : outputs);
            layers[i] = new DenseLayer(inputs, lanes, start, checked(start + (inputs * lanes)));
            (inputs, start) = (lanes, layers[i].End);
        }
        return layers;
    }
}
