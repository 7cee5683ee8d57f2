using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Parallel coordinates: every complete trial as a line through its value and its parameters.</summary>
internal static class ParallelPicture
{
    private const double Gap = 96;
    private const double Top = 34;
    private const double Height = 190;
    private const double Left = 62;
    private const double BestShare = 0.1;

    public static Picture Draw(StudyView view)
    {
        var parameters = view.Study.Definition.Space.Parameters;
        var hasAbsent = view.Complete.Any(shown => shown.Places.Any(double.IsNaN));
        var svg = new Markup();
        var best = (int)Math.Ceiling(BestShare * view.Complete.Count);
        WriteLines(svg, "thin quiet", view, view.Complete.Skip(best));
        WriteLines(svg, "curve c0", view, view.Complete.Take(best).Skip(1));
        WriteLines(svg, "mean curve", view, view.Complete.Take(1));
        WriteAxis(svg, Left, view.Value, view.Axis.Ticks, atLeft: true);
        for (var i = 0; i < parameters.Count; i++)
            WriteAxis(svg, Left + ((i + 1) * Gap), parameters[i].Name, ParameterTicks.Of(parameters[i], double.PositiveInfinity), atLeft: false);
        if (hasAbsent)
            svg.Write($"""<text class="tick" x="{Left - 8}" y="{Absent + 4}" text-anchor="end">absent</text>""");
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {view.Complete.Count} complete trials as lines from {view.Value} through {string.Join(", ", parameters.Select(parameter => parameter.Name))}.
            The best is drawn thick, the best tenth in colour{(hasAbsent ? "; where a trial does not have a parameter, its line passes below the axis" : "")}.
            """);
        return new Picture($"{view.Prefix}-parallel", "Parallel coordinates", description, Left + (parameters.Count * Gap) + 76, Top + Height + (hasAbsent ? 34 : 12), svg);
    }

    private static double Absent => Top + Height + 20;

    private static void WriteLines(Markup svg, string style, StudyView view, IEnumerable<ShownTrial> trials)
    {
        var path = new StringBuilder();
        foreach (var (_, value, places) in trials)
        {
            path.Append(CultureInfo.InvariantCulture, $"M{Left:0.#} {Y(view.Axis.Place(value)):0.#}");
            for (var i = 0; i < places.Length; i++)
                path.Append(CultureInfo.InvariantCulture, $"L{Left + ((i + 1) * Gap):0.#} {(double.IsNaN(places[i]) ? Absent : Y(places[i])):0.#}");
        }
        if (path.Length > 0)
            svg.Write($"""<path class="{style}" d="{path.ToString()}"/>""");
    }

    private static void WriteAxis(Markup svg, double x, string name, IReadOnlyList<AxisTick> ticks, bool atLeft)
    {
        svg.Write($"""<path class="axis" d="M{x} {Top}v{Height}"/><text x="{x}" y="{Top - 16}" text-anchor="middle">{Picture.Fit(name, Gap - 8)}<title>{name}</title></text>""");
        foreach (var tick in ticks)
        {
            var anchor = atLeft ? "end" : "start";
            svg.Write($"""<path class="axis" d="M{x - 3} {Y(tick.Position)}h6"/><text class="tick halo" x="{x + (atLeft ? -7 : 7)}" y="{Y(tick.Position) + 4}" text-anchor="{anchor}">{Picture.Fit(tick.Text, Gap - 20)}</text>""");
        }
    }

    private static double Y(double place) => Top + ((1 - place) * Height);
}
