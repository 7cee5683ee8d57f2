using System.Runtime.CompilerServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Perceptrons;

/// <summary>Gradients by back-propagation (Rumelhart, Hinton &amp; Williams 1986), summed over the rows of a batch. Not thread-safe.</summary>
/// <param name="floats">Weights and biases of all layers.</param>
/// <param name="sums">Of the same length: gradients are added there.</param>
internal sealed unsafe class PerceptronGradient(PerceptronNetwork network, float* floats, float* sums)
{
    /// <summary>Turns scores into probabilities less 1 for the label, times <paramref name="weight"/>: the gradient of the weighted log-loss.</summary>
    public static void OfLoss(Span<float> scores, int label, float weight)
    {
        var most = float.NegativeInfinity;
        foreach (var score in scores)
            most = MathF.Max(most, score);
        var sum = 0f;
        for (var k = 0; k < scores.Length; k++)
            sum += scores[k] = MathF.Exp(scores[k] - most);
        for (var k = 0; k < scores.Length; k++)
            scores[k] *= weight / sum;
        scores[label] -= weight;
    }

    /// <summary>Adds the gradients of one row.</summary>
    /// <param name="first">Entries of the row that are n-grams.</param>
    /// <param name="activations">As <see cref="PerceptronNetwork.Propagate"/> left them.</param>
    /// <param name="deltas">In the same order; holds the gradient by the scores, receives those by every other activation.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(FeatureRow row, int first, float* activations, float* deltas)
    {
        var end = network.Activations;
        for (var l = network.Layers.Length - 1; l >= 0; l--)
        {
            var layer = network.Layers[l];
            var inputs = l == 0 ? network.Dimension : layer.Inputs;
            end -= layer.Lanes;
            var delta = deltas + end;
            var input = activations + end - inputs;
            var inputDelta = delta - inputs;
            DenseRows.Add(sums + layer.Biases, 1, delta, layer.Lanes);
            for (var i = 0; i < inputs; i++)
            {
                // A unit that is not active passes nothing on, to either side.
                var offset = layer.Weights + (i * layer.Lanes);
                var isActive = l == 0 || input[i] > 0;
                inputDelta[i] = isActive ? DenseRows.Dot(floats + offset, delta, layer.Lanes) : 0;
                if (isActive)
                    DenseRows.Add(sums + offset, input[i], delta, layer.Lanes);
            }
            for (var i = first; l == 0 && i < row.Indices.Length; i++)
                DenseRows.Add(sums + layer.Weights + (network.InputOf(row.Indices[i]) * layer.Lanes), row.Values[i], delta, layer.Lanes);
        }
    }
}
