using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Datasets.Profiling;

/// <summary>The pictures of a profile's page.</summary>
internal static class ProfileCharts
{
    private const double BinWidth = 10;
    private const int SmallBins = 30;

    /// <summary>Rows of each label by split, in the profile's order.</summary>
    public static Picture Classes(IReadOnlyList<LabelProfile> labels)
    {
        var all = labels.Sum(label => label.Rows);
        return BarChart.Draw(
            "classes-bars", "Records of each label", string.Join(", ", labels.Select(label => $"{label.Label} {Quantity.Count(label.Rows)}")),
            [.. labels.Select(label => new Bar(label.Label, $"{Quantity.Count(label.Rows)}, {Quantity.Share(label.Rows, all)}", [label.Train, label.Valid, label.Test]))], ["train", "valid", "test"]);
    }

    public static Picture Counts(string name, string title, IReadOnlyList<ValueCount> counts)
    {
        var all = counts.Sum(count => count.Count);
        return BarChart.Draw(
            name, title, string.Join(", ", counts.Select(count => $"{count.Value} {Quantity.Count(count.Count)}")),
            [.. counts.Select(count => new Bar(count.Value, $"{Quantity.Count(count.Count)}, {Quantity.Share(count.Count, all)}", count.Count))], []);
    }

    /// <param name="high">Where bins end, so that several pictures can be compared.</param>
    public static Picture Lengths(string name, string title, NumberProfile numbers, double high, double width)
    {
        var bins = QuantileBins.Of(numbers, (int)(width / BinWidth), Math.Min(0, numbers.Min), high);
        return HistogramChart.Draw(
            name, title, $"{Summary(numbers)}. The last bin has all longer ones.", [.. bins.Shares.Select(share => new[] { share })], [],
            [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(at => new AxisTick(at, Quantity.Short(Math.Round(bins.Low + (at * (bins.High - bins.Low)))) + (at == 1 && numbers.Max > bins.High ? "+" : "")))], width);
    }

    public static string Summary(NumberProfile numbers) => string.Create(
        CultureInfo.InvariantCulture, $"Median {Quantity.Short(numbers.Quantiles[100])}, mean {Quantity.Short(Math.Round(numbers.Mean))}, from {Quantity.Short(numbers.Min)} to {Quantity.Short(numbers.Max)}");

    /// <summary>The labels with most records in colours of their own, the others together.</summary>
    public static Picture Times(DataProfile profile)
    {
        var starts = profile.TimeBins!.Starts;
        var largest = profile.Labels.OrderByDescending(label => label.Rows).Take(ChartLegend.Colours).ToHashSet();
        var shown = profile.Labels.Where(largest.Contains).ToArray();
        var others = profile.Labels.Where(label => !largest.Contains(label)).ToArray();
        var bins = starts.Select((_, bin) => (IReadOnlyList<double>)[
            .. shown.Select(label => (double)label.Times[bin]), .. others.Length == 0 ? Array.Empty<double>() : [others.Sum(label => (double)label.Times[bin])]]).ToArray();
        string[] parts = [.. shown.Select(label => label.Label), .. others.Length == 0 ? Array.Empty<string>() : [$"{others.Length} others"]];
        var ticks = new[] { 0, 0.25, 0.5, 0.75 }.Select(at => (int)(at * starts.Count)).Distinct().Append(starts.Count - 1)
            .Where(bin => bin >= 0).Distinct().Select(bin => new AxisTick((bin + 0.5) / starts.Count, Day(starts[bin], profile.TimeBins.Unit)));
        return HistogramChart.Draw(
            "times-bins", $"Records by {profile.TimeBins.Unit}",
            $"From {Day(starts[0])} to {Day(starts[^1])}, most ({Quantity.Count((long)bins.Max(bin => bin.Sum()))}) in the {profile.TimeBins.Unit} of {Day(starts[bins.Index().MaxBy(bin => bin.Item.Sum()).Index])}.",
            bins, parts, [.. ticks], width: 800);
    }

    /// <summary>The values of a column in small: numbers, or else lengths; null where neither says anything.</summary>
    public static Picture? Shape(int column, ColumnProfile profile)
    {
        var numbers = profile.Numbers ?? profile.Lengths;
        if (numbers is null || numbers.Min == numbers.Max)
            return null;
        var what = profile.Numbers is null ? "Lengths" : "Values";
        var bins = QuantileBins.Of(numbers, SmallBins, high: profile.Numbers is null ? null : numbers.Max);
        return HistogramChart.DrawSmall($"column-{column}", $"{what} of {profile.Name}", profile.Type == FieldType.Time ? TimeSpan(numbers) : Summary(numbers), bins.Shares);
    }

    public static string TimeSpan(NumberProfile times) => $"{Day((long)times.Min)} to {Day((long)times.Max)}";

    /// <param name="unit">Of the calendar: what is finer is left out.</param>
    public static string Day(long microseconds, string unit = "day") => DateTime.UnixEpoch.AddMicroseconds(microseconds).ToString(
        unit switch { "hour" => "yyyy-MM-dd HH:00", "year" or "decade" => "yyyy", "month" or "quarter" => "yyyy-MM", _ => "yyyy-MM-dd" }, CultureInfo.InvariantCulture);
}
