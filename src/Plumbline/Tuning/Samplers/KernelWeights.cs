namespace Plumbline.Tuning.Samplers;

/// <summary>How much each kernel counts (Bergstra, Yamins &amp; Cox 2013): the newest 25 trials 1, older ones the less the older, down to 1/n.</summary>
internal static class KernelWeights
{
    private const int Newest = 25;

    /// <summary>Of n trials in the order of telling, then of the prior.</summary>
    public static double[] Of(int n, double priorWeight)
    {
        var weights = new double[n + 1];
        Array.Fill(weights, 1);
        var older = n - Newest;
        for (var i = 0; i < older; i++)
            weights[i] = (1.0 / n) + (older > 1 ? (1 - (1.0 / n)) * i / (older - 1) : 0);
        weights[n] = priorWeight;
        return weights;
    }
}
