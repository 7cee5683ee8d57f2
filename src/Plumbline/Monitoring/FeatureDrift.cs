using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>How much a distribution moved, by the size of the effect: PSI below 0.02 (or what chance explains), 0.1, 0.2, and beyond.</summary>
public enum DriftSeverity
{
    None,
    Small,
    Moderate,
    Large,
}

/// <summary>What a distribution is of.</summary>
public enum DriftKind
{
    /// <summary>A feature that a client sends, or an aggregate.</summary>
    Input,

    /// <summary>Something that is told of the text.</summary>
    Text,

    /// <summary>What the model answers.</summary>
    Output,
}

/// <summary>How one distribution of a window differs from the reference.</summary>
/// <param name="Psi">Population stability index, its bias taken off.</param>
/// <param name="PValue">Of its tests, Bonferroni's correction for their number within.</param>
/// <param name="AdjustedPValue">Corrected for all distributions of the report (Benjamini &amp; Hochberg 1995).</param>
/// <param name="KolmogorovSmirnov">Distance of the distribution functions; NaN where they are not numbers.</param>
/// <param name="Wasserstein">In standard deviations of the reference; NaN likewise.</param>
/// <param name="JensenShannon">Distance over the same bins as the PSI, 0 to 1.</param>
/// <param name="MissingBefore">Share of missing values in the reference.</param>
/// <param name="Bins">What the picture shows.</param>
public sealed record FeatureDrift(
    string Name, DriftKind Kind, DriftSeverity Severity, double Psi, double PValue, double AdjustedPValue, double KolmogorovSmirnov, double Wasserstein, double JensenShannon,
    double MissingBefore, double MissingNow, IReadOnlyList<DriftBin> Bins)
{
    /// <summary>Chance below which, after correction, a difference counts at all.</summary>
    internal const double Alpha = 0.01;

    private const double LeastEffect = 0.02;
    private const double ModerateEffect = 0.1;
    private const double LargeEffect = 0.2;

    internal FeatureDrift Judged(double adjusted) => this with
    {
        AdjustedPValue = adjusted,
        Severity = !(adjusted <= Alpha) || Psi < LeastEffect ? DriftSeverity.None : Psi < ModerateEffect ? DriftSeverity.Small : Psi < LargeEffect ? DriftSeverity.Moderate : DriftSeverity.Large,
    };

    /// <summary>Of counts in cells.</summary>
    internal static FeatureDrift OfCells(string name, DriftKind kind, IReadOnlyList<string> names, long[] before, long[] now) => new(
        name, kind, DriftSeverity.None, PopulationStability.Unbiased(before, now), HomogeneityTest.Test(before, now).PValue, 1, double.NaN, double.NaN, Distance(before, now), 0, 0,
        [.. names.Select((cell, at) => new DriftBin(cell, Share(before[at], before.Sum()), Share(now[at], now.Sum()))).Where(bin => bin.Before + bin.Now > 0)]);

    internal static double Distance(long[] before, long[] now) =>
        Divergence.JensenShannonDistance([.. before.Select(count => Share(count, before.Sum()))], [.. now.Select(count => Share(count, now.Sum()))]);

    internal static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <param name="Name">The category, or the values that it begins with.</param>
/// <param name="Before">Share in the reference.</param>
public sealed record DriftBin(string Name, double Before, double Now);
