using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Tuning;
using Plumbline.Tuning.Pictures;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Shows a contest and its studies as one HTML page that needs nothing else: no request, no script, pictures inline. The same contest gives the same bytes. Thread-safe.
/// </summary>
public static class ContestPage
{
    public const string PageFile = "contest.html";


    /// <summary>What the objectives of a contest are called, in their order.</summary>
    public static IReadOnlyList<string> NamesOf(ContestOptions contest) => NamesOf(contest.Objectives, contest.Judged);

    /// <param name="judged">See <see cref="ContestReport.Judged"/>.</param>
    internal static IReadOnlyList<string> NamesOf(IReadOnlyList<ContestObjective> objectives, string judged) => [.. objectives.Select(objective => objective switch
    {
        ContestObjective.Latency => "latency in µs",
        ContestObjective.Size => "size in MB",
        _ => $"macro-F1 {judged}",
    })];

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    /// <param name="studies">Of the families, in any order; others are left out.</param>
    /// <param name="evaluation">File beside the page that shows how the chosen model does on test; null: none is linked.</param>
    public static string Render(string title, ContestReport contest, IReadOnlyList<StudySummary> studies, string? evaluation = null)
    {
        var sections = contest.Families.Index().Select(family => (
            Standing: family.Item, Id: string.Create(CultureInfo.InvariantCulture, $"family-{family.Index}"), Study: studies.FirstOrDefault(study => study.Name == family.Item.Study))).ToArray();
        var html = new Markup();
        WriteHead(html, $"{title}: contest");
        html.Write($"""<header><h1 dir="auto">{title}: contest</h1>""");
        if (contest.Chosen is null)
            html.Write($"<p>Nothing is chosen: {contest.Why}.</p>");
        else
            html.Write($"<p><b>{contest.Chosen}</b> was chosen: {contest.Why}.</p>");
        if (contest.NotReproducible is { } reason)
            html.Write($"<p>The same data, options and seed may give another result: {reason}.</p>");
        html.Write($"""
            <p class="quiet">Every figure here is {contest.Judged}. The same rows also decided when fits stop, which trial is the best of its family and how models go together: the best of many trials looks better there
            than it is. What the chosen one reaches on rows that decided nothing is in its figures on test.</p>
            """);
        if (evaluation is not null)
            html.Write($"""<p><a href="{evaluation}">How it does on test</a></p>""");
        WriteNavigation(html, sections.Where(section => section.Study is not null).Select(section => (section.Id, section.Standing.Family)).Prepend(("families", "Families")));
        html.Write($"</header><main>");
        WriteFamilies(html, contest, [.. sections.Where(section => section.Study is not null).Select(section => (section.Standing.Family, section.Study!))]);
        foreach (var (standing, id, study) in sections)
        {
            if (study is not null)
                StudySections.Write(html, study, id, standing.Family, NamesOf(contest.Objectives, contest.Judged), folded: true);
        }
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteFamilies(Markup html, ContestReport contest, IReadOnlyList<(string Family, StudySummary Study)> studies)
    {
        html.Write($"""<section aria-labelledby="families"><h2 id="families">Families</h2>""");
        OpenTable(
            html, $"The best of each family {contest.Judged}, and how far behind the best of all",
            ["Family", "#Trials", "#Pruned", "#Failed", "#Macro-F1", "#Log-loss", .. CostNames(contest).Select(name => "#" + name), "#Behind", "#95 % interval", "#McNemar p", "Parameters"]);
        foreach (var standing in contest.Families)
            WriteFamily(html, contest, standing);
        CloseTable(html);
        html.Write($"""<div class="figures">""");
        if (ContestPictures.DrawBehind(contest) is { } behind)
            WriteFigure(html, behind);
        if (ContestPictures.DrawBests(studies, contest.Judged) is { } bests)
            WriteFigure(html, bests);
        foreach (var picture in FrontPicture.DrawAll(contest, studies))
            WriteFigure(html, picture);
        html.Write($"</div>");
        WriteFront(html, contest);
        html.Write($"</section>");
    }

    private static void WriteFront(Markup html, ContestReport contest)
    {
        if (contest.Front is not { } front)
            return;
        OpenTable(
            html, "The Pareto front: trials that no other one beats in one objective without losing in another",
            ["Family", "#Trial", "#Macro-F1", .. CostNames(contest).Select(name => "#" + name), "Parameters"]);
        foreach (var trial in front)
        {
            html.Write($"""<tr><th scope="row">{trial.Family}</th><td class="n">{trial.Trial}</td><td class="n">{trial.MacroF1:0.0000}</td>""");
            WriteCosts(html, contest, trial.Costs);
            html.Write($"""<td class="wide"><bdi>{ParameterTicks.Text(trial.Parameters)}</bdi></td></tr>""");
        }
        CloseTable(html);
    }

    private static IEnumerable<string> CostNames(ContestReport contest) => NamesOf([.. contest.Objectives.Skip(1)], contest.Judged);

    private static void WriteCosts(Markup html, ContestReport contest, ModelCosts? costs)
    {
        if (contest.Objectives.Contains(ContestObjective.Latency))
            html.Write($"""<td class="n">{costs?.LatencyUs ?? double.NaN:0.0}</td>""");
        if (contest.Objectives.Contains(ContestObjective.Size))
            html.Write($"""<td class="n">{costs?.SizeMb ?? double.NaN:0.000}</td>""");
    }

    private static void WriteFamily(Markup html, ContestReport contest, FamilyStanding standing)
    {
        var behind = standing.BehindBest;
        var isChosen = standing.Family == contest.Chosen;
        html.Write($"""
            <tr class="{(isChosen ? "chosen" : "")}"><th scope="row">{standing.Family}{(isChosen ? " ✓ chosen" : "")}</th>
            <td class="n">{standing.Trials:#,0}</td><td class="n">{standing.Pruned:#,0}</td><td class="n">{standing.Failed:#,0}</td>
            <td class="n">{standing.Best?.MacroF1 ?? double.NaN:0.0000}</td><td class="n">{standing.Best?.LogLoss ?? double.NaN:0.0000}</td>
            """);
        WriteCosts(html, contest, standing.Costs);
        html.Write($"""
            <td class="n">{(behind is null ? "" : behind.Difference.ToString("0.0000", CultureInfo.InvariantCulture))}</td>
            <td class="n">{(behind is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{behind.Low:0.0000} to {behind.High:0.0000}"))}</td>
            <td class="n">{(behind is null ? "" : behind.McNemarP.ToString("g2", CultureInfo.InvariantCulture))}</td>
            <td class="wide"><bdi>{About(standing)}</bdi></td></tr>
            """);
    }

    private static string About(FamilyStanding standing)
    {
        if (standing.Skipped is { } why)
            return $"skipped: {why}";
        var found = standing.Best is { } best ? ParameterTicks.Text(best.Candidate.Parameters) : "no trial to choose is complete";
        return standing.Note is { } note ? $"{found} ({note})" : found;
    }
}
