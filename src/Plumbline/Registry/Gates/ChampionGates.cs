using Plumbline.Registry.Evidence;

namespace Plumbline.Registry.Gates;

/// <summary>Gates that hold a version against what the alias is now.</summary>
internal static class ChampionGates
{
    /// <param name="measured">Counts where it is of this champion.</param>
    public static IEnumerable<GateResult> NoWorse(GateOptions gates, ModelEvidence candidate, ModelEvidence? champion, ChampionComparison? measured)
    {
        const string Gate = "no_worse_than_champion", Subject = "macro-F1 on test";
        if (gates.ChampionMargin is not { } margin)
            yield break;
        yield return champion is null ? Nobody(Gate, Subject) : GateResult.Of(Gate, Subject, () =>
        {
            var (difference, low, how) = Difference(candidate, champion, measured);
            return new GateResult(
                Gate, Subject, low >= -margin, GateResult.Finite(low), -margin,
                $"{Subject} is {Signed(difference)} against {champion.Name}, {how}, and may be {Signed(low)} (95 %); at least {GateResult.Text(-margin)} is asked for");
        });
    }

    /// <summary>What callers of the champion send is still taken, nothing more is needed, and no label of its answers is gone.</summary>
    public static IEnumerable<GateResult> Contract(GateOptions gates, ModelEvidence candidate, ModelEvidence? champion)
    {
        const string Gate = "contract_compatible", Subject = "inputs and labels";
        if (!gates.ContractCompatible)
            yield break;
        yield return champion is null ? Nobody(Gate, Subject) : GateResult.Of(Gate, Subject, () =>
        {
            string[] breaks = [.. Breaks(candidate.Bundle, champion.Bundle)];
            return new GateResult(
                Gate, Subject, breaks.Length == 0, breaks.Length, 0, breaks.Length == 0 ? $"callers of {champion.Name} need no change" : $"callers of {champion.Name} would have to change: {string.Join("; ", breaks)}");
        });
    }

    private static (double Difference, double Low, string How) Difference(ModelEvidence candidate, ModelEvidence champion, ChampionComparison? measured)
    {
        if (measured is not null && measured.Champion == champion.Name)
            return (measured.Difference, measured.Low, FormattableString.Invariant($"on {measured.Rows} rows that neither was trained on"));
        var stored = MetricDifference.Of(candidate, champion);
        return (stored.Difference, stored.Low, stored.Paired is null ? "not measured on the same rows" : "on the same rows");
    }

    internal static IEnumerable<string> Breaks(BundleFacts candidate, BundleFacts champion)
    {
        (string Kind, IReadOnlyList<string> New, IReadOnlyList<string> Old)[] inputs =
            [("numeric input", candidate.Numeric, champion.Numeric), ("categorical input", candidate.Categorical, champion.Categorical)];
        foreach (var (kind, now, before) in inputs)
        {
            foreach (var name in before.Except(now, StringComparer.Ordinal))
                yield return $"the {kind} '{name}' is no longer taken";
            foreach (var name in now.Except(before, StringComparer.Ordinal))
                yield return $"the {kind} '{name}' is new, and they do not send it";
        }
        foreach (var entity in Entities(candidate).Except(Entities(champion), StringComparer.Ordinal))
            yield return $"it needs the {entity}, which they do not send";
        foreach (var label in champion.Labels.Except(candidate.Labels, StringComparer.Ordinal))
            yield return $"the label '{Storage.MetadataText.Quote(label)}' is gone";
    }

    // Aggregates are named after the entity whose history they are of, such as user_avg_len.
    private static IEnumerable<string> Entities(BundleFacts bundle) => bundle.Aggregates.Select(name => name.Split('_')[0]).Distinct(StringComparer.Ordinal);

    private static GateResult Nobody(string gate, string subject) => new(gate, subject, true, null, null, "the alias is not there yet, so there is none to compare with");

    private static string Signed(double value) => (value >= 0 ? "+" : "") + GateResult.Text(value);
}
