using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Optimisation history: the value of each trial, and the best so far.</summary>
internal static class HistoryPicture
{
    public static Picture Draw(StudyView view)
    {
        var svg = new Markup();
        var plot = new Plot(60, TrialMarks.WriteLegend(svg, view) + 8, 382, 210);
        var numbers = ValueAxis.OfCounts(view.Trials.Select(shown => shown.Trial.Number).DefaultIfEmpty(0).Max());
        plot.WriteAxes(svg, "trial", numbers.Ticks, view.Value, view.Axis.Ticks);
        var marks = new TrialMarks();
        foreach (var (trial, value, _) in view.Trials)
            marks.Add(trial.State, plot.X(numbers.Place(trial.Number)), plot.Y(double.IsNaN(value) ? 0 : view.Axis.Place(value)));
        if (view.Best is { } best)
        {
            svg.Write($"""<path class="curve c2" d="{BestSoFar(view, plot, numbers)}"/>""");
            marks.AddBest(plot.X(numbers.Place(best.Trial.Number)), plot.Y(view.Axis.Place(best.Value)));
        }
        marks.Write(svg);
        return new Picture($"{view.Prefix}-history{view.Objective}", $"Optimisation history: {view.Value}", Describe(view), 460, plot.Bottom + 44, svg);
    }

    private static string BestSoFar(StudyView view, Plot plot, ValueAxis numbers)
    {
        var path = new StringBuilder();
        var best = double.NaN;
        foreach (var (trial, value, _) in view.Trials)
        {
            var x = plot.X(numbers.Place(trial.Number));
            if (trial.State == TrialState.Complete && !(view.HighIsGood ? value <= best : value >= best))
            {
                path.Append(CultureInfo.InvariantCulture, $"{(double.IsNaN(best) ? 'M' : 'L')}{x:0.#} {plot.Y(view.Axis.Place(double.IsNaN(best) ? value : best)):0.#}V{plot.Y(view.Axis.Place(value)):0.#}");
                best = value;
            }
            else if (path.Length > 0 && trial == view.Trials[^1].Trial)
            {
                path.Append(CultureInfo.InvariantCulture, $"H{x:0.#}");
            }
        }
        return path.ToString();
    }

    private static string Describe(StudyView view)
    {
        var best = view.Best is { } found ? string.Create(CultureInfo.InvariantCulture, $"The best is {found.Value:0.####} in trial {found.Trial.Number}.") : "No trial is complete.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{view.Value} of {view.Trials.Count} trials in their order, and as a line the best so far. {best} {view.Count(TrialState.Pruned)} pruned, {view.Count(TrialState.Failed)} failed.");
    }
}
