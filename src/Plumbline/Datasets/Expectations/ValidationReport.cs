using Plumbline.Reporting;

namespace Plumbline.Datasets.Expectations;

/// <summary>What a page shows of a validation.</summary>
/// <param name="Comparisons">Columns in the data set's last snapshot and now.</param>
internal sealed record ValidationReport(ValidationResult Result, IReadOnlyList<(string Column, Distribution Distribution)> Comparisons);

/// <summary>The pictures of a validation.</summary>
internal static class ValidationPictures
{
    private const double Width = 440;
    private const double RowHeight = 24;
    private const double NameWidth = 150;

    /// <summary>Of each check on records: the share of values that break it, with a mark where what is allowed ends.</summary>
    public static Picture DrawBroken(IReadOnlyList<ExpectationResult> results)
    {
        var most = results.Max(result => Math.Max(Broken(result), Allowed(result))) is > 0 and var max ? max : 1;
        var numbers = results.Select(result => FormattableString.Invariant($"{Broken(result):0.### %} of {Allowed(result):0.## %}")).ToArray();
        var room = Width - numbers.Max(Picture.WidthOf) - 12;
        var svg = new Markup();
        for (var row = 0; row < results.Count; row++)
        {
            var y = row * 2 * RowHeight;
            var subject = ExpectationText.Subject(results[row].ExpectationConfig);
            svg.Write($"""<text x="0" y="{y + 16}">{Picture.Fit(subject, Width)}<title>{subject}</title></text>""");
            svg.Write($"""<rect class="track" x="0" y="{y + 22}" width="{room}" height="14"/>""");
            svg.Write($"""<rect class="bar" x="0" y="{y + 22}" width="{Broken(results[row]) / most * room}" height="14"/>""");
            var mark = Allowed(results[row]) / most * room;
            svg.Write($"""<line class="mean" x1="{mark}" x2="{mark}" y1="{y + 19}" y2="{y + 39}"/>""");
            svg.Write($"""<text x="{room + 8}" y="{y + 34}">{numbers[row]}</text>""");
        }
        return new Picture(
            "broken", "Share of values; the mark is the share that may, 1 − mostly",
            string.Join("; ", results.Select((result, i) => $"{ExpectationText.Subject(result.ExpectationConfig)}: {numbers[i]} allowed")), Width, results.Count * 2 * RowHeight, svg);
    }

    /// <summary>Two bars a bin: the last snapshot above, these records below.</summary>
    public static Picture DrawComparison(string name, string column, Distribution distribution)
    {
        var (before, now) = (distribution.Before, distribution.Now);
        var most = Math.Max(before.Max(), now.Max()) is > 0 and var max ? max : 1;
        var names = distribution.Bins.Select(bin => Picture.Fit(bin, NameWidth)).ToArray();
        var left = names.Max(Picture.WidthOf) + 8;
        const double NumberWidth = 110;
        var room = Width - left - NumberWidth;
        var svg = new Markup();
        for (var bin = 0; bin < names.Length; bin++)
        {
            var y = bin * RowHeight;
            svg.Write($"""<text x="{left - 6}" y="{y + 16}" text-anchor="end">{names[bin]}<title>{distribution.Bins[bin]}</title></text>""");
            svg.Write($"""<rect class="bar soft" x="{left}" y="{y + 3}" width="{before[bin] / most * room}" height="8"/>""");
            svg.Write($"""<rect class="bar" x="{left}" y="{y + 12}" width="{now[bin] / most * room}" height="8"/>""");
            svg.Write($"""<text x="{left + room + 6}" y="{y + 16}">{before[bin] * 100:0.0} → {now[bin] * 100:0.0} %</text>""");
        }
        var described = distribution.Bins.Select((bin, i) => FormattableString.Invariant($"{bin}: {before[i]:0.0 %} before, {now[i]:0.0 %} now"));
        return new Picture(name, distribution.IsOfLengths ? $"{column}: characters" : column, string.Join("; ", described), Width, names.Length * RowHeight, svg);
    }

    private static double Broken(ExpectationResult result) => result.Result.UnexpectedPercent!.Value / 100;

    private static double Allowed(ExpectationResult result) => 1 - (result.ExpectationConfig.Arguments.Mostly ?? 1);
}
