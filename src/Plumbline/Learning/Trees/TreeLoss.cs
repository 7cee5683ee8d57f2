namespace Plumbline.Learning.Trees;

/// <summary>What trees are grown for: derivatives of a loss at the scores of the training rows, output-major. Not thread-safe.</summary>
internal abstract class TreeLoss
{
    protected TreeLoss(int[] labels, int classes, float[]? classWeights)
    {
        (Labels, Classes) = (labels, classes);
        IsWeighted = classWeights is not null;
        Weights = classWeights ?? [.. Enumerable.Repeat(1f, classes)];
        Shares = new double[classes];
        foreach (var label in labels)
            Shares[label] += Weights[label];
        var total = Shares.Sum();
        for (var k = 0; k < classes; k++)
            Shares[k] /= total;
    }

    public abstract TreeLink Link { get; }

    /// <summary>What every row's sum begins with, one an output.</summary>
    public abstract float[] Base { get; }

    /// <summary>One a class, or a single one for two classes, then of the second.</summary>
    public int Outputs => Classes == 2 ? 1 : Classes;

    /// <summary>Whether classes count otherwise than by their rows.</summary>
    public bool IsWeighted { get; }

    public int Rows => Labels.Length;

    protected int[] Labels { get; }

    protected int Classes { get; }

    protected float[] Weights { get; }

    /// <summary>Weighted share of each class.</summary>
    protected double[] Shares { get; }

    /// <summary>Whether derivatives depend on scores, so that they must be told each round.</summary>
    public abstract bool FollowsScores { get; }

    /// <param name="scores">Sums of the trees' values so far, without <see cref="Base"/>.</param>
    public abstract void Derive(ReadOnlySpan<double> scores, Span<float> gradients, Span<float> hessians);
}
