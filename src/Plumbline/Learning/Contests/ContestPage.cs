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

    /// <summary>What the studies of a contest maximise, whether on valid or over folds.</summary>
    public const string Objective = "macro-F1 on rows held out";

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    /// <param name="studies">Of the families, in any order; others are left out.</param>
    /// <param name="evaluation">File beside the page that shows how the chosen model does on test; null: none is linked.</param>
    public static string Render(string title, ContestReport contest, IReadOnlyList<StudySummary> studies, string? evaluation = null)
    {
        var sections = contest.Families.Index().Select(family => (
            Standing: family.Item, Id: string.Create(CultureInfo.InvariantCulture, $"family-{family.Index}"), Study: studies.FirstOrDefault(study => study.Name == family.Item.Study))).ToArray();
        var html = new Markup();
        WriteHead(html, $"{title}: contest");
        html.Write($"""<header><h1 dir="auto">{title}: contest</h1><p><b>{contest.Chosen}</b> was chosen: {contest.Why}.</p>""");
        if (evaluation is not null)
            html.Write($"""<p><a href="{evaluation}">How it does on test</a></p>""");
        WriteNavigation(html, sections.Where(section => section.Study is not null).Select(section => (section.Id, section.Standing.Family)).Prepend(("families", "Families")));
        html.Write($"</header><main>");
        WriteFamilies(html, contest, [.. sections.Where(section => section.Study is not null).Select(section => (section.Standing.Family, section.Study!))]);
        foreach (var (standing, id, study) in sections)
        {
            if (study is not null)
                StudySections.Write(html, study, id, standing.Family, [$"macro-F1 {contest.Judged}"], folded: true);
        }
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteFamilies(Markup html, ContestReport contest, IReadOnlyList<(string Family, StudySummary Study)> studies)
    {
        html.Write($"""<section aria-labelledby="families"><h2 id="families">Families</h2>""");
        OpenTable(
            html, $"The best of each family {contest.Judged}, and how far behind the best of all", "Family", "#Trials", "#Pruned", "#Failed", "#Macro-F1", "#Log-loss", "#Behind", "#95 % interval", "#McNemar p",
            "Parameters");
        foreach (var standing in contest.Families)
            WriteFamily(html, standing, standing.Family == contest.Chosen);
        CloseTable(html);
        html.Write($"""<div class="figures">""");
        if (ContestPictures.DrawBehind(contest) is { } behind)
            WriteFigure(html, behind);
        if (ContestPictures.DrawBests(studies) is { } bests)
            WriteFigure(html, bests);
        html.Write($"</div></section>");
    }

    private static void WriteFamily(Markup html, FamilyStanding standing, bool isChosen)
    {
        var behind = standing.BehindBest;
        html.Write($"""
            <tr class="{(isChosen ? "chosen" : "")}"><th scope="row">{standing.Family}{(isChosen ? " ✓ chosen" : "")}</th>
            <td class="n">{standing.Trials:#,0}</td><td class="n">{standing.Pruned:#,0}</td><td class="n">{standing.Failed:#,0}</td>
            <td class="n">{standing.Best?.MacroF1 ?? double.NaN:0.0000}</td><td class="n">{standing.Best?.LogLoss ?? double.NaN:0.0000}</td>
            <td class="n">{(behind is null ? "" : behind.Difference.ToString("0.0000", CultureInfo.InvariantCulture))}</td>
            <td class="n">{(behind is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{behind.Low:0.0000} to {behind.High:0.0000}"))}</td>
            <td class="n">{(behind is null ? "" : behind.McNemarP.ToString("g2", CultureInfo.InvariantCulture))}</td>
            <td class="wide"><bdi>{About(standing)}</bdi></td></tr>
            """);
    }

    private static string About(FamilyStanding standing) =>
        standing.Skipped is { } why ? $"skipped: {why}" : (standing.Best is { } best ? ParameterTicks.Text(best.Candidate.Parameters) : "no trial is complete");
}
