using System.Globalization;
using System.Text;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>Trials as marks: what became of one is told by shape as well as by colour. Hundreds of one kind are one path.</summary>
internal sealed class TrialMarks
{
    private const double Half = 3.5;

    private readonly StringBuilder _complete = new();
    private readonly StringBuilder _pruned = new();
    private readonly StringBuilder _failed = new();
    private (double X, double Y)? _best;

    public void Add(TrialState state, double x, double y)
    {
        _ = state switch
        {
            TrialState.Complete => _complete.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}h0"),
            TrialState.Pruned => _pruned.Append(CultureInfo.InvariantCulture, $"M{x - Half:0.#} {y - Half:0.#}l7 7m0 -7l-7 7"),
            _ => _failed.Append(CultureInfo.InvariantCulture, $"M{x - 4:0.#} {y - Half:0.#}h8l-4 7z"),
        };
    }

    public void AddBest(double x, double y) => _best = (x, y);

    public void Write(Markup svg)
    {
        if (_pruned.Length > 0)
            svg.Write($"""<path class="cross c1" d="{_pruned.ToString()}"/>""");
        if (_failed.Length > 0)
            svg.Write($"""<path class="cross c3" d="{_failed.ToString()}"/>""");
        if (_complete.Length > 0)
            svg.Write($"""<path class="dots c0" d="{_complete.ToString()}"/>""");
        if (_best is { } best)
            svg.Write($"""<circle class="ring" cx="{best.X}" cy="{best.Y}" r="6"/>""");
    }

    /// <summary>Says which mark is what, of those that there are.</summary>
    /// <returns>Height of what was written.</returns>
    public static double WriteLegend(Markup svg, StudyView view) => WriteLegend(svg, view, (state, x, y) =>
    {
        var marks = new TrialMarks();
        if (state is { } known)
            marks.Add(known, x, y);
        else
            marks.AddBest(x, y);
        marks.Write(svg);
    });

    /// <param name="draw">Draws what stands for a state, null for the best trial, around a place and 16 pixels wide at most.</param>
    /// <returns>Height of what was written.</returns>
    public static double WriteLegend(Markup svg, StudyView view, Action<TrialState?, double, double> draw)
    {
        double x = 9;
        foreach (var state in new TrialState?[] { TrialState.Complete, TrialState.Pruned, TrialState.Failed, null })
        {
            if (state is { } known ? view.Count(known) == 0 : view.Best is null)
                continue;
            draw(state, x, 10);
            var name = state is { } shown ? NameOf(shown) : "the best";
            svg.Write($"""<text x="{x + 13}" y="14">{name}</text>""");
            x += 13 + Picture.WidthOf(name) + 18;
        }
        return 22;
    }

    public static string NameOf(TrialState state) => state switch
    {
        TrialState.Waiting => "waiting",
        TrialState.Running => "running",
        TrialState.Complete => "complete",
        TrialState.Pruned => "pruned",
        _ => "failed",
    };
}
