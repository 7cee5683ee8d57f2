using Plumbline.Registry.Evidence;
using Plumbline.Statistics;

namespace Plumbline.Registry.Gates;

/// <summary>Gates on parts of the test rows, from the answers kept with the run.</summary>
internal static class SliceGates
{
    private const string Gate = "slices";

    public static IEnumerable<GateResult> Evaluate(GateOptions gates, ModelEvidence candidate)
    {
        foreach (var slice in gates.Slices)
        {
            foreach (var result in Evaluate(slice, candidate))
                yield return result;
        }
    }

    private static IReadOnlyList<GateResult> Evaluate(SliceGate slice, ModelEvidence candidate)
    {
        try
        {
            var rows = candidate.Predictions;
            return IsEachValue(slice) ? EachValue(slice, rows) : [.. Judge(slice, slice.Name, rows, Choose(slice, rows))];
        }
        catch (MissingEvidenceException missing)
        {
            return [new GateResult(Gate, slice.Name, false, null, null, missing.Message)];
        }
    }

    private static bool IsEachValue(SliceGate slice) => slice is { Column: not null, Value: null, Min: null, Max: null };

    /// <summary>Values with too few rows are left out, but one must be left.</summary>
    private static IReadOnlyList<GateResult> EachValue(SliceGate slice, RowPredictions rows)
    {
        var column = Categories(slice, rows);
        var values = column.Values.Order(StringComparer.Ordinal).Select(value => (Value: value, Rows: Choose(slice with { Value = value }, rows))).Where(part => part.Rows.Count >= slice.MinRows).ToArray();
        return values.Length == 0
            ? [TooFew(slice, slice.Name, 0)]
            : [.. values.SelectMany(part => Judge(slice, $"{slice.Name} {(part.Value.Length == 0 ? "(missing)" : part.Value)}", rows, part.Rows))];
    }

    private static IEnumerable<GateResult> Judge(SliceGate slice, string name, RowPredictions rows, List<int> chosen)
    {
        if (chosen.Count < slice.MinRows)
        {
            yield return TooFew(slice, name, chosen.Count);
            yield break;
        }
        var part = MacroF1(rows, chosen);
        if (slice.MinMacroF1 is { } least)
            yield return GateResult.AtLeast(Gate, $"macro-F1 of {name} ({chosen.Count} rows)", part, least);
        if (slice.MaxGap is { } most)
            yield return GateResult.AtMost(Gate, $"macro-F1 of all rows less that of {name} ({chosen.Count} rows)", MacroF1(rows, Enumerable.Range(0, rows.Truth.Length)) - part, most);
    }

    private static GateResult TooFew(SliceGate slice, string name, int rows) => new(
        Gate, name, false, rows, slice.MinRows, $"{name} has {rows} rows of test, and fewer than min_rows, {slice.MinRows}, say nothing. Train on data that has more of them, or lower min_rows");

    private static double MacroF1(RowPredictions rows, IEnumerable<int> chosen)
    {
        var counts = new LabelCounts(rows.Labels.Count);
        foreach (var row in chosen)
            counts.Add(rows.Truth[row], rows.Predicted[row], 1);
        return counts.MacroF1;
    }

    private static List<int> Choose(SliceGate slice, RowPredictions rows)
    {
        var language = slice.Language is null ? -1 : rows.Language.Values.ToList().IndexOf(slice.Language);
        var numbers = slice.Min is null && slice.Max is null ? null : Numbers(slice, rows).Values;
        var categories = slice.Value is null ? null : Categories(slice, rows);
        var value = slice.Value is null ? -1 : categories!.Values.ToList().IndexOf(slice.Value);
        var chosen = new List<int>();
        for (var row = 0; row < rows.Truth.Length; row++)
        {
            if (rows.Lengths[row] >= (slice.MinLength ?? 0) && rows.Lengths[row] <= (slice.MaxLength ?? int.MaxValue)
                && (slice.Language is null || rows.Language.Codes[row] == language)
                && (categories is null || categories.Codes[row] == value)
                && (numbers is null || (numbers[row] >= (slice.Min ?? double.NegativeInfinity) && numbers[row] <= (slice.Max ?? double.PositiveInfinity))))
                chosen.Add(row);
        }
        return chosen;
    }

    private static CategoryColumn Categories(SliceGate slice, RowPredictions rows) =>
        rows.Categories.FirstOrDefault(column => column.Name == slice.Column) ?? throw NoColumn(slice, "categorical", rows.Categories.Select(column => column.Name));

    private static NumberColumn Numbers(SliceGate slice, RowPredictions rows) =>
        rows.Numbers.FirstOrDefault(column => column.Name == slice.Column) ?? throw NoColumn(slice, "numeric", rows.Numbers.Select(column => column.Name));

    private static MissingEvidenceException NoColumn(SliceGate slice, string kind, IEnumerable<string> names)
    {
        var known = string.Join(", ", names);
        return new($"the test rows have no {kind} column '{slice.Column}'; they have {(known.Length == 0 ? "none" : known)}. Name it in data.{kind} and train again");
    }
}
