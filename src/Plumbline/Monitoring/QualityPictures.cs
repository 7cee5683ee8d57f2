using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>The pictures of a quality report.</summary>
internal static class QualityPictures
{
    private const int Shown = 4;

    /// <summary>Macro-F1 by labels with its interval, beside what is estimated, over time; hollow where labels are still to come.</summary>
    public static Picture OverTime(QualityReport report)
    {
        var svg = new Markup();
        var periods = report.Periods;
        var width = Math.Max(560, periods.Count * 24.0);
        var top = ChartLegend.Write(svg, ["by labels", "estimated", "test split"], 0, width);
        var plot = new Plot(56, top + 8, width - 70, 220);
        var axis = ValueAxis.Of(periods.SelectMany(Values).Append(report.ReferenceMacroF1).Where(double.IsFinite));
        plot.WriteAxes(svg, "time of the answers, UTC", TimeTicks(periods), "macro-F1", axis.Ticks);
        if (!double.IsNaN(report.ReferenceMacroF1))
            svg.Write($"""<path class="curve c2 dashed" d="M{plot.X(0)} {plot.Y(axis.Place(report.ReferenceMacroF1))}H{plot.X(1)}"/>""");
        WriteEstimates(svg, plot, axis, periods);
        foreach (var (index, period) in periods.Index())
        {
            if (period.Scores is not { } scores)
                continue;
            var x = plot.X(Place(index, periods.Count));
            svg.Write($"""<path class="curve c0" d="M{x} {plot.Y(axis.Place(scores.MacroF1.Low))}V{plot.Y(axis.Place(scores.MacroF1.High))}"/>""");
            var label = string.Create(CultureInfo.InvariantCulture, $"{DriftPictures.Time(period.From)}: {scores.MacroF1.Value:0.000} of {period.Labels:#,0} labels{(period.IsMature ? "" : ", more to come")}");
            svg.Write($"""<circle class="{(period.IsMature ? "f0" : "hollow c0")}" cx="{x}" cy="{plot.Y(axis.Place(scores.MacroF1.Value))}" r="4"><title>{label}</title></circle>""");
        }
        return new Picture("over-time", "Macro-F1 over time", $"Macro-F1 by labels with 95 % intervals, and estimated without labels, in {periods.Count} periods.", width, plot.Bottom + 44, svg);
    }

    /// <summary>F1 of each label.</summary>
    public static Picture ByLabel(QualityScores measured, int most) => BarChart.Draw(
        "by-label", "F1 by label", "F1 of each label by the labels that have come.",
        [.. measured.ByLabel.Where(label => label.Support + label.Predicted > 0).Take(most).Select(label => new Bar(label.Label, label.F1.Value.ToString("0.000", CultureInfo.InvariantCulture), label.F1.Value))], [], longest: 1);

    /// <summary>Which share of predictions has a label, by age.</summary>
    public static Picture Delay(IReadOnlyList<LabelledShare> shares) => BarChart.Draw(
        "delay", "Labelled by age", "Share of predictions that have a label, by their age.",
        [.. shares.Where(share => share.Requests > 0).Select(share => new Bar(Age(share), Quantity.Share(share.Share, 1), share.Share))], [], longest: 1);

    public static string Age(LabelledShare share) => TimeSpan.FromSeconds(share.AgeSeconds) switch
    {
        { TotalDays: >= 1 } age => FormattableString.Invariant($"{age.TotalDays:0} d"),
        { TotalHours: >= 1 } age => FormattableString.Invariant($"{age.TotalHours:0} h"),
        var age => FormattableString.Invariant($"{age.TotalMinutes:0} min"),
    };

    private static void WriteEstimates(Markup svg, Plot plot, ValueAxis axis, IReadOnlyList<QualityPeriod> periods)
    {
        (double X, Estimate Score)? before = null;
        foreach (var (index, period) in periods.Index())
        {
            if (period.Estimated is not { } estimated)
            {
                before = null;
                continue;
            }
            var x = plot.X(Place(index, periods.Count));
            if (before is { } last)
                svg.Write($"""<path class="curve c1" d="M{last.X} {plot.Y(axis.Place(last.Score.Value))}L{x} {plot.Y(axis.Place(estimated.MacroF1.Value))}"/>""");
            svg.Write($"""<path class="thin c1" d="M{x} {plot.Y(axis.Place(estimated.MacroF1.Low))}V{plot.Y(axis.Place(estimated.MacroF1.High))}"/>""");
            var label = string.Create(CultureInfo.InvariantCulture, $"{DriftPictures.Time(period.From)}: {estimated.MacroF1.Value:0.000} estimated");
            svg.Write($"""<circle class="f1" cx="{x}" cy="{plot.Y(axis.Place(estimated.MacroF1.Value))}" r="2.5"><title>{label}</title></circle>""");
            before = (x, estimated.MacroF1);
        }
    }

    private static IEnumerable<double> Values(QualityPeriod period) =>
        new[] { period.Scores?.MacroF1, period.Estimated?.MacroF1 }.OfType<Estimate>().SelectMany(score => new[] { score.Low, score.Value, score.High });

    private static double Place(int index, int count) => (index + 0.5) / count;

    private static AxisTick[] TimeTicks(IReadOnlyList<QualityPeriod> periods)
    {
        var step = Math.Max(1, (periods.Count + Shown - 1) / Shown);
        return [.. periods.Index().Where(period => period.Index % step == 0).Select(period => new AxisTick(Place(period.Index, periods.Count), DriftPictures.Time(period.Item.From)))];
    }
}
