using Plumbline.Registry.Evidence;

namespace Plumbline.Registry.Gates;

/// <summary>Holds a version's evidence against the gates, in the order of docs/specs/gates.md. Changes nothing.</summary>
internal static class GateEvaluator
{
    /// <param name="champion">What the alias is now; null if there is none.</param>
    /// <param name="signers">Who signed the candidate.</param>
    /// <param name="measured">Of candidate and champion; null: what is stored of both is compared.</param>
    public static IReadOnlyList<GateResult> Evaluate(
        GateOptions gates, ModelEvidence candidate, ModelEvidence? champion, IReadOnlyCollection<string> signers, ChampionComparison? measured = null) =>
    [
        .. QualityGates.MinMetric(gates, candidate),
        .. ChampionGates.NoWorse(gates, candidate, champion, measured),
        .. QualityGates.ClassFloors(gates, candidate),
        .. SliceGates.Evaluate(gates, candidate),
        .. QualityGates.Calibration(gates, candidate),
        .. Costs(gates, candidate),
        .. ChampionGates.Contract(gates, candidate, champion),
        .. gates.SignedOffBy.Select(signer => SignedOffBy(candidate.Name, signer, signers)),
    ];

    private static IEnumerable<GateResult> Costs(GateOptions gates, ModelEvidence candidate)
    {
        const string Latency = "latency_us", Size = "size_mb";
        if (gates.LatencyUs is { } microseconds)
            yield return GateResult.Of(Latency, Latency, () => GateResult.AtMost(Latency, Latency, candidate.Metric(Latency), microseconds, " µs"));
        if (gates.SizeMb is { } megabytes)
            yield return GateResult.Of(Size, Size, () => GateResult.AtMost(Size, Size, candidate.Bundle.Bytes / 1e6, megabytes, " MB"));
    }

    private static GateResult SignedOffBy(string name, string signer, IReadOnlyCollection<string> signers)
    {
        var signed = signers.Contains(signer, StringComparer.Ordinal);
        return new GateResult(
            "signed_off_by", signer, signed, null, null, signed ? $"{signer} signed {name}" : $"{signer} has not signed {name}; do so by plumbline sign-off {name} --by {signer}");
    }
}
