namespace Plumbline.Learning;

/// <summary>Learns a <see cref="Calibration"/> from the scores of rows that the model was not fitted on.</summary>
internal static class CalibrationFit
{
    private const int MostRounds = 20;

    /// <param name="scores">n × K scores, row-major.</param>
    /// <param name="matchPrior">Whether biases are learnt, so that mean probabilities equal class shares as far as the rows can tell.</param>
    public static Calibration Fit(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, CalibrationMethod method, bool matchPrior)
    {
        var biases = new float[classes];
        if (method == CalibrationMethod.None || labels.IsEmpty)
            return Calibration.Identity(classes);
        var temperature = BestTemperature(scores, labels, classes, biases);
        var variance = matchPrior ? BiasVariance(scores, labels, classes, temperature) : 0;
        for (var round = 0; round < MostRounds && variance > 0; round++)
        {
            if (!MatchPrior(scores, labels, classes, temperature, variance, biases))
                break;
            temperature = BestTemperature(scores, labels, classes, biases);
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
    /// Variance between classes of the true b/T, by moments: what the squared differences of class counts, seen less expected, exceed chance by
    /// (DerSimonian &amp; Laird 1986, with one row a class added to the variances, lest one surprise of a rare class decide).
    /// </summary>
    private static double BiasVariance(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, double temperature)
    {
        var (expected, byChance) = (new double[classes], new double[classes]);
        Expect(scores, labels.Length, new Calibration(CalibrationMethod.Temperature, temperature, new float[classes]), expected, byChance);
        var seen = ClassWeights.Counts(labels, classes);
        double excess = 0, scale = 0;
        for (var k = 0; k < classes; k++)
        {
            var difference = seen[k] - expected[k];
            excess += ((difference * difference) - byChance[k]) / (byChance[k] + 1);
            scale += byChance[k] * byChance[k] / (byChance[k] + 1);
        }
        return scale > 0 ? Math.Max(0, excess / scale) : 0;
    }

    /// <summary>
    /// Moves biases towards class counts expected as those seen, by generalised iterative scaling with a normal prior on b/T (Chen &amp; Rosenfeld 1999): a class
    /// with few rows is moved less than its counts say; returns whether anything moved.
    /// </summary>
    private static bool MatchPrior(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classes, double temperature, double variance, float[] biases)
    {
        var expected = new double[classes];
        Expect(scores, labels.Length, new Calibration(CalibrationMethod.Temperature, temperature, biases), expected, []);
        var seen = ClassWeights.Counts(labels, classes);
        var most = 0.0;
        for (var k = 0; k < classes; k++)
        {
            var move = Move(seen[k], expected[k], biases[k] / temperature, variance) * temperature;
            biases[k] += (float)move;
            most = Math.Max(most, Math.Abs(move));
        }
        return most > 1e-3;
    }

    /// <summary>The root d of seen = expected · e^d + (bias + d) ÷ variance, whose right side only grows: Newton from above it falls straight onto it.</summary>
    private static double Move(double seen, double expected, double bias, double variance)
    {
        // From above: either term alone reaches all that is asked there.
        var move = Math.Max(0, (seen * variance) - bias);
        if (expected > 0 && seen > 0)
            move = Math.Min(move, Math.Max(Math.Log(seen / expected), -bias));
        for (var step = 0; step < 100; step++)
        {
            var grown = expected * Math.Exp(move);
            var down = (grown + ((bias + move) / variance) - seen) / (grown + (1 / variance));
            move -= down;
            if (Math.Abs(down) < 1e-9)
                break;
        }
        return move;
    }

    /// <summary>Adds up each class's expected count and, where asked, the variance of that count.</summary>
    private static void Expect(ReadOnlySpan<float> scores, int rows, Calibration calibration, Span<double> expected, Span<double> variances)
    {
        var classes = expected.Length;
        Span<float> row = stackalloc float[classes];
        for (var i = 0; i < rows; i++)
        {
            scores.Slice(i * classes, classes).CopyTo(row);
            calibration.Apply(row);
            for (var k = 0; k < classes; k++)
                expected[k] += row[k];
            for (var k = 0; k < variances.Length; k++)
                variances[k] += row[k] * (1.0 - row[k]);
        }
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
            var pools = PoolAdjacentViolators(hits.Select(point => new Pool(point.Key, point.Key, point.Value.Hits, point.Value.Count)));
            // Half a hit and half a miss keep every value off 0 and 1, where the log-loss of a surprise is infinite; they move small pools
            // further than large ones, so that the order is restored after them.
            pools = PoolAdjacentViolators(pools.Select(pool => pool with { Hits = pool.Hits + 0.5, Count = pool.Count + 1 }));
            // Half way between what was seen: what trees of few leaves say again and again stays on its side, however another program rounds it.
            var starts = pools.Select((pool, i) => i == 0 ? pool.First : MathF.Max(MathF.BitIncrement(pools[i - 1].Last), pools[i - 1].Last + ((pool.First - pools[i - 1].Last) / 2)));
            steps.Add(new IsotonicSteps([.. starts], [.. pools.Select(pool => (float)(pool.Hits / pool.Count))]));
        }
        return steps;
    }

    private static List<Pool> PoolAdjacentViolators(IEnumerable<Pool> points)
    {
        var pools = new List<Pool>();
        foreach (var point in points)
        {
            var pool = point;
            while (pools.Count > 0 && pools[^1].Hits * pool.Count >= pool.Hits * pools[^1].Count)
            {
                pool = new Pool(pools[^1].First, pool.Last, pools[^1].Hits + pool.Hits, pools[^1].Count + pool.Count);
                pools.RemoveAt(pools.Count - 1);
            }
            pools.Add(pool);
        }
        return pools;
    }

    /// <summary>Rows of neighbouring probabilities, and how many of them are of the class.</summary>
    private readonly record struct Pool(float First, float Last, double Hits, double Count);
}
