using System.Globalization;
using System.Text;
using Plumbline.Reporting;
using Plumbline.Tuning;

namespace Plumbline.Learning.Contests;

/// <summary>The complete trials of all families by two objectives, those of the Pareto front ringed.</summary>
internal sealed class FrontPicture
{
    private const int Colours = 5;

    private readonly ContestReport _contest;
    private readonly (string Family, Trial Trial)[] _complete;
    private readonly int _across;
    private readonly int _up;
    private readonly ValueAxis _x;
    private readonly ValueAxis _y;
    private readonly Plot _plot = new(60, 8, 382, 240);

    private FrontPicture(ContestReport contest, (string Family, Trial Trial)[] complete, int across, int up)
    {
        (_contest, _complete, _across, _up) = (contest, complete, across, up);
        (_x, _y) = (Axis(across), Axis(up));
    }

    /// <returns>One for every two objectives; none where there is one objective, or no trial is complete.</returns>
    public static IEnumerable<Picture> DrawAll(ContestReport contest, IReadOnlyList<(string Family, StudySummary Study)> studies)
    {
        var complete = studies.SelectMany(study => study.Study.Trials.Where(trial => trial.State == TrialState.Complete).Select(trial => (study.Family, trial))).ToArray();
        for (var up = 0; up < contest.Objectives.Count && contest.Front is not null && complete.Length > 0; up++)
        {
            for (var across = up + 1; across < contest.Objectives.Count; across++)
                yield return new FrontPicture(contest, complete, across, up).Draw();
        }
    }

    private Picture Draw()
    {
        var svg = new Markup();
        _plot.WriteAxes(svg, Better(_across), _x.Ticks, Better(_up), _y.Ticks);
        var families = _complete.GroupBy(one => one.Family, one => one.Trial).ToArray();
        foreach (var (index, family) in families.Index())
        {
            var path = new StringBuilder();
            var (left, top) = (60 + (index % 2 * 196), _plot.Bottom + 60 + (index / 2 * 20));
            foreach (var (x, y) in family.Select(trial => (X(trial), Y(trial))).Append((left + 15, top - 4)))
                path.Append(index < Colours
                    ? string.Create(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}h0")
                    : string.Create(CultureInfo.InvariantCulture, $"M{x - 3:0.#} {y - 3:0.#}l6 6m0 -6l-6 6"));
            svg.Write($"""<path class="{(index < Colours ? "dots" : "cross")} c{index % Colours}" d="{path.ToString()}"/><text x="{left + 36}" y="{top}">{Picture.Fit(family.Key, 150)}</text>""");
        }
        var front = _contest.Front!.Select(trial => (trial.Family, trial.Trial)).ToHashSet();
        foreach (var (_, trial) in _complete.Where(one => front.Contains((one.Family, one.Trial.Number))))
            svg.Write($"""<circle class="ring" cx="{X(trial)}" cy="{Y(trial)}" r="6"/>""");
        return new Picture(
            string.Create(CultureInfo.InvariantCulture, $"front{_across}-{_up}"), $"Pareto front: {Name(_across)} and {Name(_up)}", Describe(), 460,
            _plot.Bottom + 60 + ((families.Length + 1) / 2 * 20) - 10, svg);
    }

    private string Describe()
    {
        var ringed = _contest.Front!.Select(trial => string.Create(CultureInfo.InvariantCulture, $"{trial.Family} {trial.Trial}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(_up)} over {Name(_across)} of {_complete.Length} complete trials of all families. Ringed are those that no other one beats in an objective without losing in another: {string.Join(", ", ringed)}.");
    }

    private string Name(int objective) => ContestPage.NamesOf(_contest.Objectives, _contest.Judged)[objective];

    private string Better(int objective) => $"{Name(objective)} ({(IsHighGood(objective) ? "higher" : "lower")} is better)";

    private bool IsHighGood(int objective) => _contest.Objectives[objective] == ContestObjective.MacroF1;

    private ValueAxis Axis(int objective) => ValueAxis.OfMost(_complete.Select(one => one.Trial.Values[objective]), IsHighGood(objective));

    private double X(Trial trial) => _plot.X(_x.Place(trial.Values[_across]));

    private double Y(Trial trial) => _plot.Y(_y.Place(trial.Values[_up]));
}
