using static MathNet.Numerics.SpecialFunctions;

namespace Plumbline.Statistics;

/// <summary>
/// What is known of a proportion, however often it is looked at: the beta-binomial mixture martingale (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, example 1), which is exact for
/// independent trials of one probability. It takes counts alone, so the order in which they came, and windows of any size, are nothing to it; nor is it when trials stop, or who gets the
/// next one. Thread-safe.
/// </summary>
/// <param name="successes">Prior successes, above 0; <see cref="Reference"/> where nothing is known.</param>
/// <param name="failures">Prior failures, above 0.</param>
internal sealed class BetaMixture(double successes, double failures)
{
    private const int Halvings = 40;
    private readonly double _normaliser = GammaLn(successes + failures) - GammaLn(successes) - GammaLn(failures);

    /// <summary>Jeffreys' prior: of all proportions it is never far from the best.</summary>
    public static BetaMixture Reference { get; } = new(0.5, 0.5);

    /// <summary>
    /// ln of the evidence against the proportion <paramref name="p"/>: if it is the true one, the chance that this ever reaches ln(1/α) is at most α.
    /// </summary>
    /// <param name="p">Within 0 and 1.</param>
    /// <param name="hits">Successes among <paramref name="trials"/>.</param>
    public double LogEvidence(double p, long hits, long trials) => Marginal(hits, trials) - Binomial.LogLikelihood(p, hits, trials);

    /// <summary>The proportions that evidence does not speak against: the true one is among them at all times with a chance of at least 1 − α.</summary>
    public (double Low, double High) Interval(long hits, long trials, double alpha)
    {
        if (trials == 0)
            return (0, 1);
        var limit = Marginal(hits, trials) + Math.Log(alpha);
        var best = (double)hits / trials;
        return (Edge(best, 0, p => Binomial.LogLikelihood(p, hits, trials) > limit), Edge(best, 1, p => Binomial.LogLikelihood(p, hits, trials) > limit));
    }

    /// <summary>The fewest and the most of <paramref name="trials"/> that may be successes of a proportion <paramref name="p"/>; outside, evidence speaks against it.</summary>
    public (long Fewest, long Most) Hits(double p, long trials, double alpha)
    {
        var limit = -Math.Log(alpha);
        // The evidence is convex in the hits, and below 0 near the expected ones.
        var expected = (long)Math.Round(p * trials);
        var (fewest, most) = (expected, expected);
        for (long low = 0; low < fewest;)
        {
            var middle = low + ((fewest - low) / 2);
            if (LogEvidence(p, middle, trials) < limit)
                fewest = middle;
            else
                low = middle + 1;
        }
        for (var high = trials; high > most;)
        {
            var middle = high - ((high - most) / 2);
            if (LogEvidence(p, middle, trials) < limit)
                most = middle;
            else
                high = middle - 1;
        }
        return (fewest, most);
    }

    private double Marginal(long hits, long trials) => _normaliser + GammaLn(successes + hits) + GammaLn(failures + trials - hits) - GammaLn(successes + failures + trials);

    /// <summary>The last value between <paramref name="inside"/> and <paramref name="end"/> that is possible, where all up to it are.</summary>
    internal static double Edge(double inside, double end, Func<double, bool> isPossible)
    {
        if (isPossible(end))
            return end;
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (inside + end) / 2;
            if (isPossible(middle))
                inside = middle;
            else
                end = middle;
        }
        return end;
    }
}
