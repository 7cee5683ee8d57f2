using Plumbline.Reporting;

namespace Plumbline.Datasets.Profiling;

/// <summary>What of a profile needs a look, in sentences.</summary>
internal static class ProfileFindings
{
    /// <summary>Of the records: fewer are noise.</summary>
    private const double Many = 0.01;

    /// <summary>Share of a foretold label's distance to certainty, from which a column is likely a leak.</summary>
    private const double Leak = 0.5;

    private const double RareLabel = 0.01;

    public static IEnumerable<string> Of(DataProfile profile) => [.. OfLabels(profile), .. OfColumns(profile), .. OfText(profile.Text), .. OfDuplicates(profile)];

    private static IEnumerable<string> OfLabels(DataProfile profile)
    {
        var all = profile.Labels.Sum(label => label.Rows);
        if (all < profile.Rows)
            yield return $"{Quantity.Count(profile.Rows - all)} records ({Quantity.Share(profile.Rows - all, profile.Rows)}) have no text or label that can be used, or were left out as asked.";
        var rare = profile.Labels.Where(label => label.Rows < RareLabel * all).ToArray();
        if (rare.Length > 0 && profile.Labels.Count <= 1 / RareLabel / 2)
            yield return $"{rare.Length} of {profile.Labels.Count} labels have less than {Quantity.Share(RareLabel, 1)} of the records: {string.Join(", ", rare.Take(5).Select(label => label.Label))}{(rare.Length > 5 ? " …" : "")}.";
        foreach (var predictor in profile.Predictors.Where(predictor => predictor.Accuracy - predictor.Baseline >= Leak * (1 - predictor.Baseline)))
            yield return predictor.Column == LabelPredictors.RowNumber
                ? $"Where a record stands in the source foretells its label in {Quantity.Share(predictor.Accuracy, 1)} of cases: the source is sorted by label."
                : $"'{predictor.Column}' alone foretells the label in {Quantity.Share(predictor.Accuracy, 1)} of cases: is it known before the label is?";
    }

    private static IEnumerable<string> OfColumns(DataProfile profile)
    {
        foreach (var column in profile.Columns)
        {
            if (column.Missing == profile.Rows)
                yield return $"'{column.Name}' is empty.";
            else if (column.Missing > Many * profile.Rows)
                yield return $"'{column.Name}' is missing in {Quantity.Share(column.Missing, profile.Rows)} of the records.";
            if (column.Mistyped > 0)
                yield return $"'{column.Name}' has {Quantity.Count(column.Mistyped)} values that are no {column.Type.ToString().ToLowerInvariant()}.";
            if (column.Distinct == 1)
                yield return $"'{column.Name}' has the same value everywhere.";
        }
    }

    private static IEnumerable<string> OfText(TextProfile text)
    {
        var texts = text.Characters.Count;
        foreach (var (count, what) in new[]
            {
                (text.Mojibake, "look like UTF-8 read as another encoding: convert the source anew"), (text.ReplacementCharacters, "hold replacement characters (U+FFFD): letters were lost before"),
                (text.ControlCharacters, "hold control characters"),
            })
        {
            if (count > 0)
                yield return $"{Quantity.Count(count)} texts ({Quantity.Share(count, texts)}) {what}.";
        }
        if (text.Markup > Many * texts)
            yield return $"{Quantity.Share(text.Markup, texts)} of the texts hold HTML tags or entities.";
        var scripts = text.Scripts.Where(script => script.Value != Text.Script.Names[Text.Script.None] && script.Count > Many * texts).ToArray();
        if (scripts.Length > 1)
            yield return $"Texts are written in several scripts: {string.Join(", ", scripts.Select(script => $"{script.Value} {Quantity.Share(script.Count, texts)}"))}.";
    }

    private static IEnumerable<string> OfDuplicates(DataProfile profile)
    {
        var (found, all) = (profile.Duplicates, profile.Labels.Sum(label => label.Rows));
        var (repeated, nearly) = found.Near is { } near ? (near, ", at least nearly") : (found.Normalised, "");
        if (repeated > Many * all)
            yield return $"{Quantity.Count(repeated)} records ({Quantity.Share(repeated, all)}) repeat a text that stands before{nearly}.";
        if (found.ConflictingTexts > 0)
            yield return $"{Quantity.Count(found.ConflictingTexts)} texts have several labels, in {Quantity.Count(found.ConflictingRows)} records: no model can be right on all.";
        if ((found.NearAcrossSplits ?? found.AcrossSplits) is > 0 and var leaking)
            yield return $"{Quantity.Count(leaking)} records of valid and test have their text{nearly} in train, too: scores will be too good.";
    }
}
