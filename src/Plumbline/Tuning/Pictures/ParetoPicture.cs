using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Two objectives against each other, with the trials that no other one dominates in any.</summary>
internal static class ParetoPicture
{
    /// <param name="across">The view by the objective across.</param>
    /// <param name="up">By the objective upwards.</param>
    public static Picture Draw(StudyView across, StudyView up)
    {
        var directions = across.Study.Definition.Directions;
        var front = new Front(directions);
        foreach (var trial in across.Study.Trials)
            front.Add(trial);
        var svg = new Markup();
        var plot = new Plot(60, 8, 382, 240);
        plot.WriteAxes(svg, Better(across), across.Axis.Ticks, Better(up), up.Axis.Ticks);
        var marks = new TrialMarks();
        foreach (var (trial, _, _) in across.Complete)
            marks.Add(trial.State, X(trial), Y(trial));
        if (directions.Count == 2)
            svg.Write($"""<path class="diagonal" d="{Line(front)}"/>""");
        marks.Write(svg);
        foreach (var trial in front.Trials)
            svg.Write($"""<circle class="ring" cx="{X(trial)}" cy="{Y(trial)}" r="6"/>""");
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"{up.Value} over {across.Value} of {across.Complete.Count} complete trials. Ringed are the {front.Trials.Count} that no other one beats in an objective without losing in another: {string.Join(", ", front.Trials.Select(trial => trial.Number))}.");
        return new Picture(
            string.Create(CultureInfo.InvariantCulture, $"{across.Prefix}-pareto{across.Objective}-{up.Objective}"), $"Pareto front: {across.Value} and {up.Value}", description, 460, plot.Bottom + 44, svg);

        double X(Trial trial) => plot.X(across.Axis.Place(trial.Values[across.Objective]));

        double Y(Trial trial) => plot.Y(up.Axis.Place(trial.Values[up.Objective]));

        string Line(Front points)
        {
            var path = new StringBuilder();
            foreach (var trial in points.Trials.OrderBy(trial => trial.Values[across.Objective]))
                path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{X(trial):0.#} {Y(trial):0.#}");
            return path.ToString();
        }
    }

    private static string Better(StudyView view) => $"{view.Value} ({(view.HighIsGood ? "higher" : "lower")} is better)";
}
