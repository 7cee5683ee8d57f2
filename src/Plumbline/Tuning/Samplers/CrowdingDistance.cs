namespace Plumbline.Tuning.Samplers;

/// <summary>How far apart the neighbours of a member of a front are, summed over the objectives, each over its range (Deb et al. 2002); at the ends infinite.</summary>
internal static class CrowdingDistance
{
    /// <returns>One for each of <paramref name="front"/>, which are indexes of <paramref name="losses"/>.</returns>
    public static double[] Of(int[] front, IReadOnlyList<double[]> losses)
    {
        var distances = new double[front.Length];
        if (front.Length == 0)
            return distances;
        for (var objective = 0; objective < losses[front[0]].Length; objective++)
        {
            var values = new double[front.Length];
            var order = new int[front.Length];
            for (var i = 0; i < front.Length; i++)
                (values[i], order[i]) = (losses[front[i]][objective], i);
            Array.Sort(values, order);
            distances[order[0]] = distances[order[^1]] = double.PositiveInfinity;
            var range = values[^1] - values[0];
            for (var i = 1; i < front.Length - 1 && range > 0 && double.IsFinite(range); i++)
                distances[order[i]] += (values[i + 1] - values[i - 1]) / range;
        }
        return distances;
    }
}
