using System.Globalization;
using System.Text;
using Plumbline.Reporting;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>Families against each other in pictures.</summary>
internal static class ContestPictures
{
    private const int Colours = 5;
    private const double RowHeight = 26;

    /// <summary>How far each family is behind the best, with the 95 % interval of the paired difference.</summary>
    /// <returns>Null where no two can be compared.</returns>
    public static Picture? DrawBehind(ContestReport contest)
    {
        var families = contest.Families.Where(standing => standing.Best is not null).ToArray();
        if (families.Length < 2)
            return null;
        var svg = new Markup();
        var plot = new Plot(150, 8, 290, families.Length * RowHeight);
        var axis = ValueAxis.Of(families.SelectMany(standing => standing.BehindBest is { } behind ? new[] { behind.Low, behind.High, behind.Difference } : [0]));
        plot.WriteAxes(svg, "macro-F1 behind the best", axis.Ticks, "", []);
        svg.Write($"""<path class="diagonal" d="M{plot.X(axis.Place(0))} {plot.Top}V{plot.Bottom}"/>""");
        foreach (var (row, standing) in families.Index())
        {
            var y = plot.Top + ((row + 0.5) * RowHeight);
            var chosen = standing.Family == contest.Chosen;
            svg.Write($"""<text class="{(chosen ? "hit" : "")}" x="{plot.Left - 8}" y="{y + 4}" text-anchor="end">{Picture.Fit(standing.Family, 130)}{(chosen ? " ✓" : "")}</text>""");
            if (standing.BehindBest is { } behind)
                svg.Write($"""<path class="curve c0" d="M{plot.X(axis.Place(behind.Low))} {y}H{plot.X(axis.Place(behind.High))}m0 -4v8M{plot.X(axis.Place(behind.Low))} {y - 4}v8"/>""");
            svg.Write($"""<circle class="f{(chosen ? 1 : 0)}" cx="{plot.X(axis.Place(standing.BehindBest?.Difference ?? 0))}" cy="{y}" r="4.5"/>""");
        }
        var differences = families.Select(standing => string.Create(CultureInfo.InvariantCulture, $"{standing.Family} {standing.BehindBest?.Difference ?? 0:0.0000}"));
        var description = $"Macro-F1 of the best less that of each family, with 95 % intervals: {string.Join(", ", differences)}. {contest.Chosen} was chosen.";
        return new Picture("behind", "Behind the best", description, 460, plot.Bottom + 44, svg);
    }

    /// <summary>The best so far of each family, trial by trial.</summary>
    /// <returns>Null where no trial is complete.</returns>
    public static Picture? DrawBests(IReadOnlyList<(string Family, StudySummary Study)> studies, string judged)
    {
        var bests = studies.Select(study => (study.Family, Bests: BestSoFar(study.Study))).Where(study => study.Bests.Count > 0).ToArray();
        if (bests.Length == 0)
            return null;
        var svg = new Markup();
        var plot = new Plot(60, 8, 382, 210);
        var last = studies.Max(study => study.Study.Trials.Count - 1);
        var (numbers, values) = (ValueAxis.OfCounts(last), ValueAxis.OfMost(bests.SelectMany(study => study.Bests).Select(best => best.Value), highIsGood: true));
        plot.WriteAxes(svg, "trial", numbers.Ticks, $"macro-F1 {judged}", values.Ticks);
        foreach (var (index, (family, found)) in bests.Index())
        {
            var style = $"c{index % Colours}{(index >= Colours ? " dashed" : "")}";
            var path = new StringBuilder();
            foreach (var (number, value) in found)
                path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? "M" : "H")}{plot.X(numbers.Place(number)):0.#}").Append(CultureInfo.InvariantCulture, $"{(number == found[0].Number ? " " : "V")}{plot.Y(values.Place(value)):0.#}");
            var study = studies.First(one => one.Family == family).Study;
            svg.Write($"""<path class="curve {style}" d="{path.ToString()}H{plot.X(numbers.Place(study.Trials.Count - 1))}"/>""");
            var (x, y) = (60 + (index % 2 * 196), plot.Bottom + 60 + (index / 2 * 20));
            svg.Write($"""<path class="curve {style}" d="M{x} {y - 4}h30"/><text x="{x + 36}" y="{y}">{Picture.Fit(family, 100)} {found[^1].Value:0.0000}</text>""");
        }
        var reached = bests.Select(study => string.Create(CultureInfo.InvariantCulture, $"{study.Family} {study.Bests[^1].Value:0.0000} in trial {study.Bests[^1].Number}"));
        return new Picture(
            "bests", "Best so far of each family", $"The highest macro-F1 {judged} so far over trials: {string.Join(", ", reached)}.", 460,
            plot.Bottom + 60 + ((bests.Length + 1) / 2 * 20) - 10, svg);
    }

    /// <summary>The trials that were better than all before them.</summary>
    private static List<(int Number, double Value)> BestSoFar(StudySummary study)
    {
        var bests = new List<(int Number, double Value)>();
        foreach (var trial in study.Trials.Where(trial => trial.State == TrialState.Complete))
        {
            if (bests.Count == 0 || trial.Values[0] > bests[^1].Value)
                bests.Add((trial.Number, trial.Values[0]));
        }
        return bests;
    }
}
