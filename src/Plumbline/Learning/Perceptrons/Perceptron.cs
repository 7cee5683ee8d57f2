using System.Runtime.InteropServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Perceptrons;

/// <summary>A perceptron with the memory that it lies in.</summary>
internal sealed unsafe class Perceptron
{
    /// <exception cref="InvalidDataException">The shape is out of range.</exception>
    public Perceptron(PerceptronShape shape, int ngrams, int otherColumns, int classes)
    {
        shape.Validate(ngrams);
        (Shape, Classes) = (shape, classes);
        var layers = DenseLayer.Of(shape, otherColumns, classes);
        Embeddings = GC.AllocateArray<float>(checked(shape.EmbeddingRows * shape.Dimension), pinned: true);
        Floats = GC.AllocateArray<float>(layers[^1].End, pinned: true);
        Network = new PerceptronNetwork(shape, ngrams, layers, classes, Start(Embeddings), Start(Floats));
    }

    public PerceptronShape Shape { get; }

    public int Classes { get; }

    /// <summary>Embedding rows × dimension, pinned.</summary>
    public float[] Embeddings { get; }

    /// <summary>Weights and biases of all layers, pinned.</summary>
    public float[] Floats { get; }

    /// <summary>Reads the arrays above, which this object keeps alive.</summary>
    public PerceptronNetwork Network { get; }

    /// <summary>Where a pinned array lies.</summary>
    public static float* Start(float[] pinned) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
