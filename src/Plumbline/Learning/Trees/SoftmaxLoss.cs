namespace Plumbline.Learning.Trees;

/// <summary>
/// Log-loss of the softmax, or of the logistic function for two classes. The diagonal of the second derivative is multiplied by K ÷ (K − 1), as one score of K is
/// redundant (Friedman 2001).
/// </summary>
internal sealed class SoftmaxLoss : TreeLoss
{
    private readonly double[] _probabilities;

    public SoftmaxLoss(int[] labels, int classes, float[]? classWeights)
        : base(labels, classes, classWeights)
    {
        _probabilities = new double[classes];
        // A class without rows begins as if it had half a row.
        var logarithms = Shares.Select(share => Math.Log(Math.Max(share, 0.5 / labels.Length))).ToArray();
        Base = classes == 2 ? [(float)(logarithms[1] - logarithms[0])] : [.. logarithms.Select(logarithm => (float)logarithm)];
    }

    public override TreeLink Link => TreeLink.Sum;

    public override float[] Base { get; }

    public override bool FollowsScores => true;

    public override void Derive(ReadOnlySpan<double> scores, Span<float> gradients, Span<float> hessians)
    {
        if (Classes == 2)
            DeriveLogistic(scores, gradients, hessians);
        else
            DeriveSoftmax(scores, gradients, hessians);
    }

    private void DeriveLogistic(ReadOnlySpan<double> scores, Span<float> gradients, Span<float> hessians)
    {
        for (var row = 0; row < Rows; row++)
        {
            var weight = Weights[Labels[row]];
            var probability = 1 / (1 + Math.Exp(-scores[row] - Base[0]));
            gradients[row] = (float)(weight * (probability - Labels[row]));
            hessians[row] = (float)(weight * probability * (1 - probability));
        }
    }

    private void DeriveSoftmax(ReadOnlySpan<double> scores, Span<float> gradients, Span<float> hessians)
    {
        var factor = Classes / (Classes - 1.0);
        var probabilities = _probabilities;
        for (var row = 0; row < Rows; row++)
        {
            var most = double.NegativeInfinity;
            for (var k = 0; k < probabilities.Length; k++)
                most = Math.Max(most, probabilities[k] = scores[(k * Rows) + row] + Base[k]);
            double sum = 0;
            for (var k = 0; k < probabilities.Length; k++)
                sum += probabilities[k] = Math.Exp(probabilities[k] - most);
            var label = Labels[row];
            double weight = Weights[label];
            for (var k = 0; k < probabilities.Length; k++)
            {
                var probability = probabilities[k] / sum;
                gradients[(k * Rows) + row] = (float)(weight * (k == label ? probability - 1 : probability));
                hessians[(k * Rows) + row] = (float)(weight * factor * probability * (1 - probability));
            }
        }
    }
}
