using System.Globalization;

namespace Plumbline.Datasets;

/// <summary>The order of labels: by value if all are finite numbers, otherwise ordinal.</summary>
internal static class LabelOrder
{
    public static IComparer<string> Of(IEnumerable<string> labels) =>
        labels.All(label => TryNumber(label, out _)) ? Comparer<string>.Create(CompareNumbers) : StringComparer.Ordinal;

    private static int CompareNumbers(string x, string y)
    {
        _ = TryNumber(x, out var first);
        _ = TryNumber(y, out var second);
        var order = first.CompareTo(second);
        return order != 0 ? order : string.CompareOrdinal(x, y);
    }

    private static bool TryNumber(string label, out double value) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
