using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Intermediate values: how each trial came along, and where it was stopped.</summary>
internal static class IntermediatePicture
{
    /// <summary>More are not seen in a picture, but weigh on the page.</summary>
    private const int MostPoints = 60;

    /// <returns>Null where no trial reported more than once.</returns>
    public static Picture? Draw(StudyView view)
    {
        var reporting = view.Trials.Where(shown => shown.Trial.Intermediate.Count > 0).ToArray();
        if (!reporting.Any(shown => shown.Trial.Intermediate.Count > 1))
            return null;
        var svg = new Markup();
        var plot = new Plot(60, WriteLegend(svg, view) + 8, 382, 210);
        var steps = ValueAxis.OfCounts(reporting.Max(shown => shown.Trial.Intermediate[^1].Step));
        var values = ValueAxis.OfMost(reporting.SelectMany(shown => shown.Trial.Intermediate).Select(value => value.Value).Where(double.IsFinite), view.HighIsGood);
        plot.WriteAxes(svg, "step", steps.Ticks, view.Value, values.Ticks);
        var marks = new TrialMarks();
        foreach (var (trial, _, _) in reporting.OrderBy(shown => shown == view.Best))
        {
            svg.Write($"""<path class="{Style(trial == view.Best?.Trial ? null : trial.State)}" d="{Path(trial.Intermediate, plot, steps, values)}"/>""");
            if (trial.State != TrialState.Complete)
                marks.Add(trial.State, plot.X(steps.Place(trial.Intermediate[^1].Step)), plot.Y(double.IsNaN(trial.Intermediate[^1].Value) ? 0 : values.Place(trial.Intermediate[^1].Value)));
        }
        marks.Write(svg);
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"{view.Value} after each step of {reporting.Length} trials; the best is drawn thick. {view.Count(TrialState.Pruned)} were pruned where their lines end in a cross.");
        return new Picture($"{view.Prefix}-intermediate", "Intermediate values", description, 460, plot.Bottom + 44, svg);
    }

    private static double WriteLegend(Markup svg, StudyView view) => TrialMarks.WriteLegend(svg, view, (state, x, y) =>
    {
        svg.Write($"""<path class="{Style(state)}" d="M{x - 8} {y}h16"/>""");
        var end = new TrialMarks();
        if (state is TrialState.Pruned or TrialState.Failed)
            end.Add(state.Value, x + 4, y);
        end.Write(svg);
    });

    private static string Style(TrialState? state) => state switch
    {
        null => "mean curve",
        TrialState.Complete => "thin c0",
        TrialState.Pruned => "thin c1",
        _ => "thin c3",
    };

    private static string Path(IReadOnlyList<IntermediateValue> reported, Plot plot, ValueAxis steps, ValueAxis values)
    {
        var path = new StringBuilder();
        var every = Math.Max(1, (reported.Count + MostPoints - 1) / MostPoints);
        for (var i = 0; i < reported.Count; i++)
        {
            if ((i % every == 0 || i == reported.Count - 1) && double.IsFinite(reported[i].Value))
                path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{plot.X(steps.Place(reported[i].Step)):0.#} {plot.Y(values.Place(reported[i].Value)):0.#}");
        }
        return path.ToString();
    }
}
