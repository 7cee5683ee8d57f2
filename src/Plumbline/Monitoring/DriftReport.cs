using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>How far sampled requests can be told from the reference's. Absent where the reference knows no texts, or there are too few.</summary>
/// <param name="Auc">Of a classifier that tells the sides apart, 0.5 where it cannot.</param>
/// <param name="AdjustedPValue">Of that, corrected together with the distributions.</param>
/// <param name="Mmd">Squared maximum mean discrepancy.</param>
/// <param name="MmdPValue">By permutations, uncorrected.</param>
/// <param name="Languages">Of the sampled texts.</param>
public sealed record TextDrift(double Auc, double AdjustedPValue, double Mmd, double MmdPValue, IReadOnlyList<DriftWord> Words, IReadOnlyList<DriftBin> Languages);

/// <summary>A stretch of the report's time: what moved in it.</summary>
/// <param name="Psi">By distribution, in the order of <see cref="DriftReport.Features"/>; NaN where there are too few requests.</param>
public sealed record DriftPeriod(DateTimeOffset From, DateTimeOffset Until, long Requests, IReadOnlyList<double> Psi);

/// <summary>What a version's traffic was like, held against a reference: docs/specs/drift.md. Immutable.</summary>
/// <param name="Where">The slice that was looked at; null: all.</param>
/// <param name="DataQuality">How often requests kept less than the contract promises.</param>
/// <param name="Examples">Logged predictions that show what moved; null where nobody looked for any.</param>
public sealed record DriftReport(
    string Version, string Reference, long ReferenceRows, string Profile, DateTimeOffset From, DateTimeOffset Until, string? Where, long Requests, DriftDecision Decision,
    IReadOnlyList<FeatureDrift> Features, TextDrift? Text, IReadOnlyList<DriftPeriod> Periods, IReadOnlyList<DataFault> DataQuality, IReadOnlyList<DriftExample>? Examples = null)
{
    private const int Permutations = 199;
    private const ulong Seed = 20;

    /// <summary>The largest PSI of what clients send.</summary>
    [JsonIgnore]
    public double InputDrift => Features.Where(feature => feature.Kind != DriftKind.Output && feature.Severity != DriftSeverity.None).Select(feature => feature.Psi).DefaultIfEmpty(0).Max();

    /// <summary>Likewise of what is answered.</summary>
    [JsonIgnore]
    public double OutputDrift => Features.Where(feature => feature.Kind == DriftKind.Output && feature.Severity != DriftSeverity.None).Select(feature => feature.Psi).DefaultIfEmpty(0).Max();

    /// <summary>On one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DriftJson.Default.DriftReport);

    /// <summary>With what is known of the quality of the version's answers, too.</summary>
    public DriftReport With(QualityReport quality)
    {
        var both = RetrainingDecision.Of(Version, Until, Decision, quality.Decision);
        return this with { Decision = new DriftDecision(both.Action, both.Why) };
    }

    /// <summary>What can be found in passing: of a version's last windows, without the discrepancy, the words and the periods.</summary>
    internal static DriftReport OfLatest(string version, DriftReference reference, DriftSketch all, DateTimeOffset from, DateTimeOffset until, DriftProfile profile) =>
        Of(version, reference, all, from, until, profile, [], permutations: 0);

    /// <summary>Compares windows of a version with a reference.</summary>
    /// <param name="periods">Stretches of the same time, the earliest first.</param>
    internal static DriftReport Of(
        string version, DriftReference reference, DriftSketch all, DateTimeOffset from, DateTimeOffset until, DriftProfile profile, IReadOnlyList<(DateTimeOffset From, DateTimeOffset Until, DriftSketch Sketch)> periods,
        string? where = null, int permutations = Permutations)
    {
        var measured = all.Requests < DriftComparison.LeastRequests ? [] : DriftComparison.Measure(reference, all);
        var hasTexts = measured.Count > 0 && !reference.IsCoarse && all.Sample.Count >= DriftComparison.LeastSampled && reference.Sketch.Sample.Count >= DriftComparison.LeastSampled;
        var area = hasTexts ? DomainShift.Classify(reference.Sketch.Sample, all.Sample) : new TestResult(0.5, 1);
        var (features, also) = DriftComparison.Judge(measured, hasTexts ? [area.PValue] : []);
        var text = hasTexts ? TextOf(reference, all, area, also[0], permutations) : null;
        // The prediction log does not have what was wrong with values.
        IReadOnlyList<DataFault> faults = where is null ? Monitoring.DataQuality.Measure(reference, all) : [];
        return new DriftReport(
            version, reference.Source, reference.Sketch.Requests, profile.Name, from, until, where, all.Requests, DriftDecision.Of(profile, features, text, faults, all.Requests), features, text,
            [.. periods.Select(period => Period(reference, period.From, period.Until, period.Sketch, features))], faults);
    }

    private static TextDrift TextOf(DriftReference reference, DriftSketch all, TestResult area, double adjusted, int permutations)
    {
        if (permutations == 0)
            return new TextDrift(area.Statistic, adjusted, double.NaN, double.NaN, [], []);
        var discrepancy = DomainShift.Discrepancy(reference.Sketch.Sample, all.Sample, permutations, Seed);
        var names = new Dictionary<uint, string>(reference.Names.Value);
        foreach (var (hash, name) in reference.Sketch.Names.All.Concat(all.Names.All))
            names.TryAdd(hash, name);
        return new TextDrift(
            area.Statistic, adjusted, discrepancy.Statistic, discrepancy.PValue, DomainShift.Words(reference.Sketch.Sample, all.Sample, word => names.GetValueOrDefault(word)),
            Languages(reference.Sketch.Sample, all.Sample));
    }

    private static DriftBin[] Languages(RequestSample before, RequestSample now)
    {
        var (first, second) = (before.Requests.CountBy(request => request.Language).ToDictionary(), now.Requests.CountBy(request => request.Language).ToDictionary());
        return
        [
            .. first.Keys.Union(second.Keys).Select(language => new DriftBin(language, FeatureDrift.Share(first.GetValueOrDefault(language), before.Count), FeatureDrift.Share(second.GetValueOrDefault(language), now.Count)))
                .OrderByDescending(bin => Math.Max(bin.Before, bin.Now)).ThenBy(bin => bin.Name, StringComparer.Ordinal),
        ];
    }

    private static DriftPeriod Period(DriftReference reference, DateTimeOffset from, DateTimeOffset until, DriftSketch sketch, IReadOnlyList<FeatureDrift> features)
    {
        var measured = sketch.Requests < DriftComparison.LeastRequests ? [] : DriftComparison.Measure(reference, sketch).ToDictionary(feature => feature.Name, feature => feature.Psi);
        return new DriftPeriod(from, until, sketch.Requests, [.. features.Select(feature => measured.GetValueOrDefault(feature.Name, double.NaN))]);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordConverter<DriftAction>), typeof(WordConverter<DriftSeverity>), typeof(WordConverter<DriftKind>), typeof(UndefinedAsNullConverter)])]
[JsonSerializable(typeof(DriftReport))]
internal sealed partial class DriftJson : JsonSerializerContext;
