using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Tuning.Importance;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Tuning.Pictures;

/// <summary>A study on a page: what it found, its pictures, and its trials as a table.</summary>
internal static class StudySections
{
    /// <summary>From here on the best tenth has five trials, which Optuna advises for PED-ANOVA.</summary>
    private const int EnoughTrials = 50;

    /// <param name="prefix">Of the section's id and of its pictures' names: letters, digits and dashes.</param>
    /// <param name="objectives">What they are called, one for each.</param>
    /// <param name="folded">Whether what is dear to show is opened by hand.</param>
    public static void Write(Markup html, StudySummary study, string prefix, string title, IReadOnlyList<string> objectives, bool folded)
    {
        StudyView[] views = [.. objectives.Select((objective, index) => new StudyView(study, prefix, objective, index))];
        html.Write($"""<section aria-labelledby="{prefix}"><h2 id="{prefix}" dir="auto">{title}</h2>""");
        WriteResult(html, views[0]);
        if (views[0].Trials.Count > 0)
        {
            WriteCourse(html, views);
            WriteFailures(html, views[0]);
            WriteParameters(html, views, folded);
            WriteTrials(html, views);
        }
        html.Write($"</section>");
    }

    private static void WriteResult(Markup html, StudyView view)
    {
        html.Write($"""
            <p>{view.Study.Trials.Count:#,0} trials: {view.Count(TrialState.Complete):#,0} complete, {view.Count(TrialState.Pruned):#,0} pruned,
            {view.Count(TrialState.Failed):#,0} failed{Unfinished(view)}.
            """);
        if (view.Best is { } best)
            html.Write($"The best is trial {best.Trial.Number} with {view.Value} {best.Value:0.0000}: <bdi>{ParameterTicks.Text(best.Trial.Parameters)}</bdi>.</p>");
        else
            html.Write($"No trial is complete{(view.Trials.Count == 0 ? ": there is nothing to show yet" : "")}.</p>");
    }

    private static string Unfinished(StudyView view) => view.Study.Trials.Count - view.Trials.Count is > 0 and var count
        ? string.Create(CultureInfo.InvariantCulture, $", {count} running or waiting")
        : "";

    private static void WriteCourse(Markup html, StudyView[] views)
    {
        html.Write($"""<div class="figures">""");
        foreach (var view in views)
            WriteFigure(html, HistoryPicture.Draw(view));
        for (var across = 0; across < views.Length && views[0].Best is not null; across++)
        {
            for (var up = across + 1; up < views.Length; up++)
                WriteFigure(html, ParetoPicture.Draw(views[across], views[up]));
        }
        if (IntermediatePicture.Draw(views[0]) is { } intermediate)
            WriteFigure(html, intermediate);
        if (TimelinePicture.Draw(views[0]) is { } timeline)
            WriteFigure(html, timeline);
        html.Write($"</div>");
    }

    private static void WriteFailures(Markup html, StudyView view)
    {
        var reasons = view.Trials.Where(shown => shown.Trial.State == TrialState.Failed).GroupBy(shown => shown.Trial.Reason ?? "").OrderByDescending(group => group.Count()).ToArray();
        if (reasons.Length == 0)
            return;
        OpenTable(html, "Why trials failed", "Reason", "#Trials");
        foreach (var reason in reasons)
            html.Write($"""<tr><td><bdi>{reason.Key}</bdi></td><td class="n">{reason.Count():#,0}</td></tr>""");
        CloseTable(html);
    }

    private static void WriteParameters(Markup html, StudyView[] views, bool folded)
    {
        var space = views[0].Study.Definition.Space;
        if (views[0].Best is null || space.Parameters.Count == 0)
            return;
        html.Write($"""<div class="figures">""");
        foreach (var view in views)
            WriteImportances(html, view);
        WriteFigure(html, ParallelPicture.Draw(views[0]));
        html.Write($"</div>");
        foreach (var view in views)
        {
            if (folded)
                html.Write($"<details><summary>{view.Value} over each parameter</summary>");
            else
                html.Write($"<h3>{view.Value} over each parameter</h3>");
            html.Write($"""<div class="figures">""");
            for (var index = 0; index < space.Parameters.Count; index++)
                WriteFigure(html, SlicePicture.Draw(view, index));
            html.Write($"</div>");
            if (folded)
                html.Write($"</details>");
        }
    }

    private static void WriteImportances(Markup html, StudyView view)
    {
        var definition = view.Study.Definition;
        var importances = PedAnova.Of(definition.Space, view.Study.Trials, definition.Directions, view.Objective);
        if (importances.Count == 0)
        {
            html.Write($"""<p class="quiet">Which parameters matter for {view.Value} is shown from ten complete trials on.</p>""");
            return;
        }
        var judged = view.Study.Trials.Count(PedAnova.IsJudged);
        var best = PedAnova.BestOf(judged);
        var description = string.Create(
            CultureInfo.InvariantCulture,
            $"Share of each parameter in what tells the best {best} of {judged} complete trials from the whole space (PED-ANOVA), by {view.Value}. The most important is {importances[0].Name}.");
        html.Write($"""
            <p class="quiet">Importances rest on {judged:#,0} complete trials, of which {best:#,0} are taken for the best{(judged < EnoughTrials ? $": so few give a hint, not more; {EnoughTrials} are advisable" : "")}.</p>
            """);
        WriteFigure(html, BarChart.Draw(
            string.Create(CultureInfo.InvariantCulture, $"{view.Prefix}-importances{view.Objective}"), $"Importance of parameters for {view.Value}", description,
            [.. importances.Select(importance => new Bar(importance.Name, importance.Share.ToString("0.00", CultureInfo.InvariantCulture), importance.Share))], []));
    }

    private static void WriteTrials(Markup html, StudyView[] views)
    {
        var first = views[0];
        html.Write($"<details><summary>All {first.Trials.Count:#,0} trials as a table</summary>");
        OpenTable(html, $"Trials of {first.Study.Name}", ["#Trial", "State", .. views.Select(view => "#" + view.Value), "#Steps", "#Seconds", "Parameters"]);
        for (var row = 0; row < first.Trials.Count; row++)
        {
            var trial = first.Trials[row].Trial;
            html.Write($"""<tr class="{(trial == first.Best?.Trial ? "chosen" : "")}"><th scope="row" class="n">{trial.Number}</th><td>{TrialMarks.NameOf(trial.State)}{(trial == first.Best?.Trial ? " ✓ best" : "")}</td>""");
            foreach (var view in views)
                html.Write($"""<td class="n">{view.Trials[row].Value:0.0000}</td>""");
            html.Write($"""
                <td class="n">{(trial.Intermediate.Count > 0 ? trial.Intermediate[^1].Step.ToString(CultureInfo.InvariantCulture) : "")}</td>
                <td class="n">{(trial is { Started: { } started, Ended: { } ended } ? (ended - started).TotalSeconds : double.NaN):0.0}</td><td class="wide"><bdi>{ParameterTicks.Text(trial.Parameters)}</bdi></td></tr>
                """);
        }
        CloseTable(html);
        html.Write($"</details>");
    }
}
