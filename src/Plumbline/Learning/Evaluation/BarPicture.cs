using System.Globalization;
using Plumbline.Learning.Explanations;
using Plumbline.Reporting;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>Horizontal bars with a name before and a number behind each.</summary>
internal static class BarPicture
{
    private const double RowHeight = 22;

    public static Picture DrawF1(string name, string title, IReadOnlyList<ClassScores> classes) => Draw(
        name,
        title,
        Describe("F1", [.. classes.Select(scores => (scores.Label, scores.F1))]),
        [.. classes.Select(scores => (scores.Label, scores.F1, string.Create(CultureInfo.InvariantCulture, $"{scores.F1:0.000}, {scores.Support:#,0} rows")))],
        longest: 1);

    public static Picture DrawFeatures(string name, string title, ClassFeatures features) => Draw(
        name,
        title,
        Describe("Weight", [.. features.Features.Select(feature => (feature.Name, feature.Weight))]),
        [.. features.Features.Select(feature => (feature.Name, feature.Weight, feature.Weight.ToString("0.00", CultureInfo.InvariantCulture)))],
        longest: Math.Max(1e-9, features.Features.Select(feature => feature.Weight).DefaultIfEmpty(0).Max()));

    public static Picture DrawImportances(string name, string title, IReadOnlyList<Importance> importances)
    {
        (string Name, double Value)[] bars = [.. importances.Select(importance => (importance.IsWord ? importance.Name : $"[{importance.Name}]", importance.Value))];
        return Draw(
            name, title, Describe("Importance", bars), [.. bars.Select(bar => (bar.Name, bar.Value, bar.Value.ToString("0.000", CultureInfo.InvariantCulture)))],
            longest: Math.Max(1e-9, bars.Select(bar => bar.Value).DefaultIfEmpty(0).Max()));
    }

    private static Picture Draw(string name, string title, string description, (string Name, double Value, string Number)[] bars, double longest)
    {
        const double Width = 400;
        var names = bars.Select(bar => Picture.Fit(bar.Name, 160)).ToArray();
        var left = names.Select(Picture.WidthOf).DefaultIfEmpty(0).Max() + 10;
        var room = Width - left - bars.Select(bar => Picture.WidthOf(bar.Number)).DefaultIfEmpty(0).Max() - 6;
        var svg = new Markup();
        for (var row = 0; row < bars.Length; row++)
        {
            var y = row * RowHeight;
            var length = Math.Clamp(bars[row].Value / longest, 0, 1) * room;
            svg.Write($"""<text x="{left - 6}" y="{y + 15}" text-anchor="end">{names[row]}<title>{bars[row].Name}</title></text>""");
            svg.Write($"""<rect class="track" x="{left}" y="{y + 4}" width="{room}" height="14"/>""");
            svg.Write($"""<rect class="bar" x="{left}" y="{y + 4}" width="{length}" height="14"/>""");
            svg.Write($"""<text x="{left + room + 6}" y="{y + 15}">{bars[row].Number}</text>""");
        }
        return new Picture(name, title, description, Width, Math.Max(1, bars.Length) * RowHeight, svg);
    }

    private static string Describe(string what, (string Name, double Value)[] bars) => bars.Length == 0
        ? "Nothing to show."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {what} of {bars.Length}, from {bars.MinBy(bar => bar.Value).Name} ({bars.Min(bar => bar.Value):0.00})
            to {bars.MaxBy(bar => bar.Value).Name} ({bars.Max(bar => bar.Value):0.00}).
            """);
}
