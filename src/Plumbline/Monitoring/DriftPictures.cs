using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Monitoring;

/// <summary>The pictures of a drift report.</summary>
internal static class DriftPictures
{
    /// <summary>Share at which a cell of the heat map is as deep as it gets.</summary>
    private const double Deepest = 0.3;

    /// <summary>Shares of the reference and of the window, side by side in each bin.</summary>
    public static Picture Histogram(string name, FeatureDrift feature)
    {
        const double Width = 360, Height = 120;
        var svg = new Markup();
        var top = ChartLegend.Write(svg, ["reference", "now"], 0, Width);
        var most = Math.Max(1e-9, feature.Bins.Select(bin => Math.Max(bin.Before, bin.Now)).DefaultIfEmpty(0).Max());
        var step = Width / Math.Max(1, feature.Bins.Count);
        var bottom = top + Height;
        foreach (var (index, bin) in feature.Bins.Index())
        {
            var (before, now, half) = (bin.Before / most * Height, bin.Now / most * Height, (step - Math.Min(2, step / 5)) / 2);
            svg.Write($"""<rect class="f0" x="{index * step}" y="{bottom - before}" width="{half}" height="{before}"><title>{bin.Name}: {Quantity.Share(bin.Before, 1)} before</title></rect>""");
            svg.Write($"""<rect class="f1" x="{(index * step) + half}" y="{bottom - now}" width="{half}" height="{now}"><title>{bin.Name}: {Quantity.Share(bin.Now, 1)} now</title></rect>""");
        }
        svg.Write($"""<path class="axis" d="M0 {bottom}H{Width}"/>""");
        foreach (var index in Shown(feature.Bins.Count))
        {
            var x = (index + 0.5) * step;
            var anchor = x < 0.1 * Width ? "start" : x > 0.9 * Width ? "end" : "middle";
            svg.Write($"""<text class="tick" x="{x}" y="{bottom + 15}" text-anchor="{anchor}">{Picture.Fit(feature.Bins[index].Name, 84)}</text>""");
        }
        return new Picture(name, feature.Name, $"Shares of the reference and of now in {feature.Bins.Count} bins; PSI {feature.Psi.ToString("0.000", CultureInfo.InvariantCulture)}.", Width, bottom + 22, svg);
    }

    /// <summary>PSI of each distribution over time: the deeper, the further from the reference.</summary>
    public static Picture HeatMap(DriftReport report, int most)
    {
        const double Left = 150, Row = 22;
        var (features, periods) = (report.Features.Take(most).ToArray(), report.Periods);
        var cell = Math.Clamp(640.0 / Math.Max(1, periods.Count), 12, 40);
        var svg = new Markup();
        foreach (var (row, feature) in features.Index())
        {
            svg.Write($"""<text x="{Left - 8}" y="{(row * Row) + 15}" text-anchor="end">{Picture.Fit(feature.Name, Left - 12)}<title>{feature.Name}</title></text>""");
            foreach (var (column, period) in periods.Index())
            {
                var psi = period.Psi[row];
                var (x, y) = (Left + (column * cell), row * Row);
                svg.Write($"""<rect class="track edged" x="{x}" y="{y + 1}" width="{cell}" height="{Row - 2}"/>""");
                if (!double.IsNaN(psi))
                    svg.Write($"""<rect class="heat" x="{x}" y="{y + 1}" width="{cell}" height="{Row - 2}" fill-opacity="{Math.Min(1, psi / Deepest)}"><title>{feature.Name}, {Time(period.From)}: PSI {psi.ToString("0.000", CultureInfo.InvariantCulture)}</title></rect>""");
            }
        }
        var bottom = features.Length * Row;
        foreach (var column in Shown(periods.Count))
            svg.Write($"""<text class="tick" x="{Left + (column * cell)}" y="{bottom + 15}">{Time(periods[column].From)}</text>""");
        var width = Math.Max(Left + (periods.Count * cell) + 90, 360);
        return new Picture("periods", "Drift over time", $"PSI of {features.Length} distributions in {periods.Count} periods; as deep as it gets from {Deepest.ToString("0.0", CultureInfo.InvariantCulture)} on.", width, bottom + 22, svg);
    }

    public static string Time(DateTimeOffset time) => time.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>At most four places of some, spread evenly.</summary>
    private static IEnumerable<int> Shown(int count) => count <= 4 ? Enumerable.Range(0, count) : [0, count / 3, 2 * count / 3, count - 1];
}
