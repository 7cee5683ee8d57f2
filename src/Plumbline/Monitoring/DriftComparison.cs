using System.Globalization;
using Plumbline.Features;
using Plumbline.Reporting;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Monitoring;

/// <summary>Compares all distributions of a window with those of a reference: docs/specs/drift.md. Pure.</summary>
internal static class DriftComparison
{
    /// <summary>Requests of a window below which nothing is said.</summary>
    public const int LeastRequests = 100;

    /// <summary>Sampled requests of a side below which nothing is said of texts.</summary>
    public const int LeastSampled = 50;

    public const string Length = "text length";
    public const string UnknownWords = "unknown words";
    public const string Scripts = "script";
    public const string Labels = "predicted label";
    public const string Confidence = "confidence";

    private const int Bins = 10;
    private const int ShownBins = 24;
    private const string TextLength = "text_len";

    /// <summary>Uncorrected and unjudged: <see cref="Judge"/> comes after.</summary>
    public static List<FeatureDrift> Measure(DriftReference reference, DriftSketch window)
    {
        var (before, found) = (reference.Sketch, new List<FeatureDrift>());
        foreach (var (feature, name) in window.Schema.Numeric.Index())
        {
            var at = IndexOf(before.Schema.Numeric, name);
            if (at >= 0 && HasAny(before.Numeric[at]) && HasAny(window.Numeric[feature]))
                found.Add(OfNumbers(name, IsOfText(name) ? DriftKind.Text : DriftKind.Input, before.Numeric[at], window.Numeric[feature], reference.IsCoarse));
        }
        foreach (var (feature, column) in window.Schema.Categorical.Index())
        {
            var at = IndexOf([.. before.Schema.Categorical.Select(other => other.Name)], column.Name);
            if (at >= 0 && before.Schema.Categorical[at].Categories.SequenceEqual(column.Categories, StringComparer.Ordinal) && before.Categorical[at].Sum() > 0 && window.Categorical[feature].Sum() > 0)
                found.Add(OfCategories(column, before.Categorical[at], window.Categorical[feature]));
        }
        if (!window.Schema.Numeric.Contains(TextLength) && HasAny(before.Length) && HasAny(window.Length))
            found.Add(OfNumbers(Length, DriftKind.Text, before.Length, window.Length, reference.IsCoarse));
        if (HasAny(before.Unknown) && HasAny(window.Unknown))
            found.Add(OfNumbers(UnknownWords, DriftKind.Text, before.Unknown, window.Unknown, reference.IsCoarse));
        if (before.Scripts.Sum() > 0 && window.Scripts.Sum() > 0)
            found.Add(FeatureDrift.OfCells(Scripts, DriftKind.Text, Script.Names, before.Scripts, window.Scripts));
        if (before.Predicted.Sum() > 0 && before.Schema.Labels.SequenceEqual(window.Schema.Labels, StringComparer.Ordinal))
            found.Add(FeatureDrift.OfCells(Labels, DriftKind.Output, window.Schema.Labels, before.Predicted, window.Predicted));
        if (before.Confidence.Sum() > 0 && window.Confidence.Sum() > 0)
            found.Add(OfConfidence(before, window, reference.IsCoarse));
        return found;
    }

    /// <summary>Corrects for the number of distributions, and judges each.</summary>
    /// <param name="also">p-values of further tests of the same report.</param>
    public static (IReadOnlyList<FeatureDrift> Features, double[] Also) Judge(IReadOnlyList<FeatureDrift> measured, params IReadOnlyList<double> also)
    {
        var adjusted = FalseDiscovery.Adjust([.. measured.Select(feature => feature.PValue), .. also]);
        return ([.. measured.Select((feature, at) => feature.Judged(adjusted[at])).OrderByDescending(feature => feature.Severity).ThenByDescending(feature => feature.Psi)], adjusted[measured.Count..]);
    }

    private static bool HasAny(QuantileSketch numbers) => numbers.Count + numbers.Missing > 0;

    private static bool IsOfText(string name) => TextStatistics.Names.Contains(name) || name == FeatureContract.Sentiment || name.EndsWith("_freq", StringComparison.Ordinal);

    internal static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }
        return -1;
    }

    private static FeatureDrift OfNumbers(string name, DriftKind kind, QuantileSketch before, QuantileSketch now, bool isCoarse)
    {
        var samples = TwoSamples.Of(before, now);
        var (first, second, _) = samples.Bins(Bins, isCoarse);
        // A missing value is a bin of its own, so that more of them are as much of a drift as other values.
        if (before.Missing + now.Missing > 0)
            (first, second) = ([.. first, before.Missing], [.. second, now.Missing]);
        var test = KolmogorovSmirnov.Test(samples);
        var chance = HomogeneityTest.Test(first, second).PValue;
        var deviation = samples.FirstDeviation;
        return new FeatureDrift(
            name, kind, DriftSeverity.None, PopulationStability.Unbiased(first, second), isCoarse ? chance : Math.Min(1, 2 * Math.Min(chance, test.PValue)), 1,
            isCoarse ? double.NaN : test.Statistic, isCoarse || deviation == 0 ? double.NaN : WassersteinDistance.Of(samples) / deviation, FeatureDrift.Distance(first, second),
            FeatureDrift.Share(before.Missing, before.Missing + before.Count), FeatureDrift.Share(now.Missing, now.Missing + now.Count), Shown(samples));
    }

    /// <summary>Most confidences lie near 1, where bins of equal width say little: the bins are quantiles of what is missing to 1.</summary>
    private static FeatureDrift OfConfidence(DriftSketch before, DriftSketch now, bool isCoarse)
    {
        string[] names = [.. Enumerable.Range(0, DriftSketch.ConfidenceBins).Select(bin => ((double)bin / DriftSketch.ConfidenceBins).ToString("0.00", CultureInfo.InvariantCulture))];
        var cells = FeatureDrift.OfCells(Confidence, DriftKind.Output, names, before.Confidence, now.Confidence);
        return isCoarse ? cells : OfNumbers(Confidence, DriftKind.Output, before.Uncertainty, now.Uncertainty, isCoarse) with { Bins = cells.Bins };
    }

    private static FeatureDrift OfCategories(CategoricalFeature column, long[] before, long[] now) =>
        FeatureDrift.OfCells(column.Name, DriftKind.Input, [.. column.Categories, "(other)", "(unknown)", "(missing)"], before, now) with
        {
            MissingBefore = FeatureDrift.Share(before[^1], before.Sum()),
            MissingNow = FeatureDrift.Share(now[^1], now.Sum()),
        };

    /// <summary>Equal bins between the hundredths at the ends; what lies beyond is in the first and the last.</summary>
    private static DriftBin[] Shown(TwoSamples samples)
    {
        if (samples.Values.Length == 0)
            return [];
        var (low, high) = samples.Central(0.01);
        var bins = Math.Min(ShownBins, samples.Values.Length);
        var (first, second) = (new long[bins], new long[bins]);
        for (var i = 0; i < samples.Values.Length; i++)
        {
            var bin = high > low ? Math.Clamp((int)((samples.Values[i] - low) / (high - low) * bins), 0, bins - 1) : 0;
            first[bin] += samples.First[i];
            second[bin] += samples.Second[i];
        }
        return
        [
            .. first.Select((count, bin) => new DriftBin(
                Quantity.Short(low + ((high - low) * bin / bins)), FeatureDrift.Share(count, samples.FirstCount), FeatureDrift.Share(second[bin], samples.SecondCount))),
        ];
    }
}
