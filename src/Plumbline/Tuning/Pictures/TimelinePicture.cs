using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Timeline: each trial as a bar in time, those at the same time below each other. Time in which none ran is cut out, as where a study was resumed days later.</summary>
internal static class TimelinePicture
{
    private const double Width = 620;
    private const double Left = 8;

    private sealed record TimedTrial(ShownTrial Shown, double From, double To);

    /// <returns>Null where no trial has begun and ended.</returns>
    public static Picture? Draw(StudyView view)
    {
        var (trials, breaks, total) = WorkingTime(view);
        if (trials.Count == 0)
            return null;
        var svg = new Markup();
        var top = TrialMarks.WriteLegend(svg, view, (state, x, y) => WriteBar(svg, state, x - 8, y - 7, 16, 14, state is { } known ? TrialMarks.NameOf(known) : "the best")) + 8;
        var lanes = Lanes(trials);
        var height = lanes.Max() < 12 ? 18 : 9;
        var plot = new Plot(Left, top, Width - (2 * Left), (lanes.Max() + 1) * height);
        var seconds = ValueAxis.Of([0, Math.Max(total, 1e-3)]);
        foreach (var tick in seconds.Ticks)
        {
            var anchor = tick.Position < 0.1 ? "start" : tick.Position > 0.9 ? "end" : "middle";
            svg.Write($"""<path class="grid" d="M{plot.X(tick.Position)} {plot.Top}V{plot.Bottom}"/><text class="tick" x="{plot.X(tick.Position)}" y="{plot.Bottom + 16}" text-anchor="{anchor}">{tick.Text}</text>""");
        }
        foreach (var (timed, lane) in trials.Zip(lanes))
            WriteBar(svg, timed, plot, seconds, plot.Top + (lane * height), height, timed.Shown == view.Best);
        foreach (var at in breaks)
            svg.Write($"""<path class="diagonal" d="M{plot.X(seconds.Place(at))} {plot.Top - 4}V{plot.Bottom + 4}"/>""");
        svg.Write($"""<text x="{plot.X(0.5)}" y="{plot.Bottom + 34}" text-anchor="middle">seconds{(breaks.Count > 0 ? ", idle time cut out where the line is dashed" : "")}</text>""");
        var longest = trials.MaxBy(timed => timed.To - timed.From)!;
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {trials.Count} trials over {total:0.#} seconds, at most {lanes.Max() + 1} at a time; the longest, trial {longest.Shown.Trial.Number}, took {longest.To - longest.From:0.#}.
            Complete ones are full bars, pruned ones low, failed ones hollow.
            """);
        return new Picture($"{view.Prefix}-timeline", "Timeline", description, Width, plot.Bottom + 44, svg);
    }

    private static void WriteBar(Markup svg, TimedTrial timed, Plot plot, ValueAxis seconds, double top, double room, bool isBest)
    {
        var (x, end) = (plot.X(seconds.Place(timed.From)), plot.X(seconds.Place(timed.To)));
        // Short ones are still seen, and long ones apart from the next.
        var width = Math.Max(0.8, end - x - 0.8);
        var trial = timed.Shown.Trial;
        var label = string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}: {TrialMarks.NameOf(trial.State)} after {timed.To - timed.From:0.##} s");
        WriteBar(svg, trial.State, x, top, width, room - 3, label);
        if (isBest)
            WriteBar(svg, null, x, top, width, room - 3, "the best");
    }

    private static void WriteBar(Markup svg, TrialState? state, double x, double top, double width, double height, string label)
    {
        var (style, share) = state switch
        {
            null => ("ring", 1),
            TrialState.Complete => ("f0", 1),
            TrialState.Pruned => ("f1", 0.5),
            _ => ("hollow c3", 1),
        };
        svg.Write($"""<rect class="{style}" x="{x}" y="{top + (height * (1 - share))}" width="{width}" height="{height * share}"><title>{label}</title></rect>""");
    }

    /// <summary>Seconds from the first trial's begin, without the time in which no trial ran, and the places where such time was cut out.</summary>
    private static (List<TimedTrial> Trials, List<double> Breaks, double Total) WorkingTime(StudyView view)
    {
        var (trials, breaks) = (new List<TimedTrial>(), new List<double>());
        DateTimeOffset? end = null;
        var (begin, idle) = (DateTimeOffset.MinValue, TimeSpan.Zero);
        foreach (var shown in view.Trials.Where(shown => shown.Trial is { Started: not null, Ended: not null }).OrderBy(shown => shown.Trial.Started).ThenBy(shown => shown.Trial.Number))
        {
            var (from, to) = (shown.Trial.Started!.Value, shown.Trial.Ended!.Value);
            if (end is not { } last)
            {
                begin = from;
            }
            else if (from - last > TimeSpan.FromSeconds(1))
            {
                idle += from - last;
                breaks.Add((from - begin - idle).TotalSeconds);
            }
            // A clock that was set back would make a trial end before it began.
            to = to < from ? from : to;
            end = end > to ? end : to;
            trials.Add(new TimedTrial(shown, (from - begin - idle).TotalSeconds, (to - begin - idle).TotalSeconds));
        }
        return (trials, breaks, trials.Select(timed => timed.To).DefaultIfEmpty(0).Max());
    }

    /// <summary>For each trial the first lane that is free when it begins.</summary>
    private static int[] Lanes(List<TimedTrial> trials)
    {
        var free = new List<double>();
        var lanes = new int[trials.Count];
        for (var i = 0; i < lanes.Length; i++)
        {
            var lane = free.FindIndex(end => end <= trials[i].From);
            if (lane < 0)
            {
                lane = free.Count;
                free.Add(0);
            }
            free[lane] = trials[i].To;
            lanes[i] = lane;
        }
        return lanes;
    }
}
