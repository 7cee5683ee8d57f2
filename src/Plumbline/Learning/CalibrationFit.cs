namespace Plumbline.Learning;

/// <summary>Learns a <see cref="Calibration"/> from the scores of rows that the model was not fitted on.</summary>
internal static class CalibrationFit
{
    private const int MostRounds = 20;

    /// <param name="scores">n × K scores, row-major.</param>
    /// <param name="matchPrior">Whether biases are learnt, so that mean probabilities equal class shares.</param>
    public static Calibration Fit(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, CalibrationMethod method, bool matchPrior)
    {
        var biases = new float[classes];
        if (method == CalibrationMethod.None || labels.IsEmpty)
            return Calibration.Identity(classes);
        var temperature = 1.0;
        for (var round = 0; round < (matchPrior ? MostRounds : 1); round++)
        {
            temperature = BestTemperature(scores, labels, classes, biases);
            if (matchPrior && !MatchPrior(scores, labels, classes, temperature, biases))
                break;
        }
        var calibration = new Calibration(CalibrationMethod.Temperature, temperature, biases);
        return method == CalibrationMethod.Isotonic
            ? calibration with { Method = CalibrationMethod.Isotonic, Isotonic = FitIsotonic(scores, labels, classes, calibration) }
            : calibration;
    }

    /// <summary>Mean negative log-likelihood of calibrated scores.</summary>
    public static double LogLoss(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, Calibration calibration)
    {
        double sum = 0;
        Span<float> row = stackalloc float[classes];
        for (var i = 0; i < labels.Length; i++)
        {
            scores.Slice(i * classes, classes).CopyTo(row);
            calibration.Apply(row);
            sum -= Math.Log(Math.Max(row[labels[i]], 1e-15f));
        }
        return sum / Math.Max(1, labels.Length);
    }

    /// <summary>Golden-section search of ln T: the log-loss is convex in 1/T, so it has one minimum.</summary>
    private static double BestTemperature(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, float[] biases)
    {
        const double Golden = 0.6180339887498949;
        double low = Math.Log(0.02), high = Math.Log(50);
        double a = high - (Golden * (high - low)), b = low + (Golden * (high - low));
        var atA = Loss(scores, labels, classes, biases, a);
        var atB = Loss(scores, labels, classes, biases, b);
        while (high - low > 1e-3)
        {
            if (atA < atB)
            {
                (high, b, atB) = (b, a, atA);
                a = high - (Golden * (high - low));
                atA = Loss(scores, labels, classes, biases, a);
            }
            else
            {
                (low, a, atA) = (a, b, atB);
                b = low + (Golden * (high - low));
                atB = Loss(scores, labels, classes, biases, b);
            }
        }
        return Math.Exp((low + high) / 2);

        static double Loss(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, float[] biases, double logTemperature) =>
            LogLoss(scores, labels, classes, new Calibration(CalibrationMethod.Temperature, Math.Exp(logTemperature), biases));
    }

    /// <summary>
    /// Moves biases so that expected class counts equal those seen (each moved by the log of their ratio, with one row a class added to both);
    /// returns whether anything moved.
    /// </summary>
    private static bool MatchPrior(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, double temperature, float[] biases)
    {
        var calibration = new Calibration(CalibrationMethod.Temperature, temperature, biases);
        var expected = new double[classes];
        Span<float> row = stackalloc float[classes];
        for (var i = 0; i < labels.Length; i++)
        {
            scores.Slice(i * classes, classes).CopyTo(row);
            calibration.Apply(row);
            for (var k = 0; k < classes; k++)
                expected[k] += row[k];
        }
        var seen = ClassWeights.Counts(labels, classes);
        var most = 0.0;
        for (var k = 0; k < classes; k++)
        {
            var move = temperature * Math.Log((seen[k] + 1) / (expected[k] + 1));
            biases[k] += (float)move;
            most = Math.Max(most, Math.Abs(move));
        }
        return most > 1e-3;
    }

    private static List<IsotonicSteps> FitIsotonic(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, Calibration calibration)
    {
        var probabilities = new float[scores.Length];
        scores.CopyTo(probabilities);
        for (var i = 0; i < labels.Length; i++)
            calibration.Apply(probabilities.AsSpan(i * classes, classes));
        var steps = new List<IsotonicSteps>();
        for (var k = 0; k < classes; k++)
        {
            var hits = new SortedDictionary<float, (double Hits, double Count)>();
            for (var i = 0; i < labels.Length; i++)
            {
                var probability = probabilities[(i * classes) + k];
                var (hit, count) = hits.GetValueOrDefault(probability);
                hits[probability] = (hit + (labels[i] == k ? 1 : 0), count + 1);
            }
            var pools = PoolAdjacentViolators(hits.Select(point => (point.Key, point.Value.Hits, point.Value.Count)));
            // Half a hit and half a miss keep every value off 0 and 1, where the log-loss of a surprise is infinite; they move small pools
            // further than large ones, so that the order is restored after them.
            pools = PoolAdjacentViolators(pools.Select(pool => (pool.Start, pool.Hits + 0.5, pool.Count + 1)));
            steps.Add(new IsotonicSteps([.. pools.Select(pool => pool.Start)], [.. pools.Select(pool => (float)(pool.Hits / pool.Count))]));
        }
        return steps;
    }

    private static List<(float Start, double Hits, double Count)> PoolAdjacentViolators(IEnumerable<(float Start, double Hits, double Count)> points)
    {
        var pools = new List<(float Start, double Hits, double Count)>();
        foreach (var point in points)
        {
            var pool = point;
            while (pools.Count > 0 && pools[^1].Hits * pool.Count >= pool.Hits * pools[^1].Count)
            {
                pool = (pools[^1].Start, pools[^1].Hits + pool.Hits, pools[^1].Count + pool.Count);
                pools.RemoveAt(pools.Count - 1);
            }
            pools.Add(pool);
        }
        return pools;
    }
}
