using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>A slice: the value of each trial over one parameter.</summary>
internal static class SlicePicture
{
    /// <param name="index">Of the parameter in the space.</param>
    public static Picture Draw(StudyView view, int index)
    {
        var parameter = view.Study.Definition.Space.Parameters[index];
        var svg = new Markup();
        var plot = new Plot(60, 8, 226, 150);
        var log = parameter is Spaces.FloatParameter { Log: true } or Spaces.IntParameter { Log: true };
        plot.WriteAxes(svg, log ? "logarithmic" : "", ParameterTicks.Of(parameter, plot.Width), view.Value, view.Axis.Ticks);
        var marks = new TrialMarks();
        var shown = view.Trials.Where(trial => double.IsFinite(trial.Places[index]) && double.IsFinite(trial.Value)).ToArray();
        foreach (var (trial, value, places) in shown)
            marks.Add(trial.State, plot.X(places[index]), plot.Y(view.Axis.Place(value)));
        var best = view.Best is { } found && double.IsFinite(found.Places[index]) ? found : null;
        if (best is not null)
            marks.AddBest(plot.X(best.Places[index]), plot.Y(view.Axis.Place(best.Value)));
        marks.Write(svg);
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {view.Value} over {parameter.Name}, {parameter.Describe()}: {shown.Length} of {view.Trials.Count} trials.
            {(best is null ? "The best trial does not have it." : $"The best has {ParameterTicks.Text(best.Trial.Parameters[parameter.Name])}.")}
            """);
        return new Picture(string.Create(CultureInfo.InvariantCulture, $"{view.Prefix}-slice{view.Objective}-{index}"), parameter.Name, description, 310, plot.Bottom + (log ? 42 : 24), svg);
    }
}
