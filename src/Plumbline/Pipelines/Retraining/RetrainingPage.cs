using System.Globalization;
using Plumbline.Pipelines.Runs;
using Plumbline.Reporting;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Shows a <see cref="RetrainingCycle"/> as one HTML page that needs nothing else: no request, no script. The same cycle gives the same bytes. Thread-safe.</summary>
public static class RetrainingPage
{
    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(RetrainingCycle cycle)
    {
        var html = new Markup();
        var title = $"{cycle.Model}: retraining";
        WriteHead(html, title);
        html.Write($"""<header><h1 dir="auto">{title}</h1><p dir="auto">{cycle.Outcome ?? $"It is {RunWords.Of(cycle.State)}."}</p>""");
        WriteTiles(html, cycle);
        html.Write($"</header><main>");
        WriteWhy(html, cycle);
        WriteTried(html, cycle);
        WriteNumbers(html, cycle);
        WriteTimes(html, cycle);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteTiles(Markup html, RetrainingCycle cycle)
    {
        html.Write($"""<dl class="tiles">""");
        WriteTile("State", RunWords.Of(cycle.State).Replace('_', ' '), $"begun by {RunWords.Of(cycle.Trigger)}");
        WriteTile("Champion", cycle.Champion ?? "none", "when it began");
        WriteTile("Challenger", cycle.Challenger ?? "none", cycle.Chosen ?? "not trained");
        if (cycle.Comparison is { } found)
            WriteTile("Macro-F1", Signed(found.Difference), $"{Signed(found.Low)} to {Signed(found.High)}");
        html.Write($"</dl>");

        void WriteTile(string name, string value, string hint) =>
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value}</strong><span class="quiet">{hint}</span></dd></div>""");
    }

    private static void WriteWhy(Markup html, RetrainingCycle cycle)
    {
        html.Write($"""<section aria-labelledby="why"><h2 id="why">What asked for it</h2><ul>""");
        foreach (var why in cycle.Why)
            html.Write($"<li><bdi>{why}</bdi></li>");
        html.Write($"</ul>");
        if (cycle.Approval is { } approval)
            html.Write($"<p><bdi>{approval.By}</bdi> {(cycle.State == CycleState.Rejected ? "rejected" : "approved")} it at {Minute(approval.At)} UTC: <bdi>{approval.Reason}</bdi></p>");
        html.Write($"</section>");
    }

    private static void WriteTried(Markup html, RetrainingCycle cycle)
    {
        html.Write($"""<section aria-labelledby="tried"><h2 id="tried">What was tried</h2>""");
        if (cycle.Data is { } data)
            html.Write($"<p>{Quantity.Count(data.Rows)} rows, {Quantity.Count(data.Labelled)} of them labelled predictions; {Quantity.Count(data.HeldOut)} rows were held out. Snapshot <code>{data.Snapshot}</code>{(data.Before is null ? "" : $"; the champion's was {data.Before}")}.</p>");
        if (cycle.Tried.Count > 0)
        {
            OpenTable(html, "Families", "Family", "#Trials", "#Macro-F1 on valid");
            foreach (var family in cycle.Tried)
                html.Write($"""<tr><th scope="row">{family.Family}</th><td class="n">{family.Trials}</td><td class="n">{(family.MacroF1 is { } score ? Score(score) : "–")}</td></tr>""");
            CloseTable(html);
        }
        foreach (var failure in cycle.GateFailures)
            html.Write($"<p>Gate <bdi>{failure}</bdi></p>");
        if (cycle.Rollout is { } rollout)
            html.Write($"<p>Rollout <bdi>{rollout}</bdi>: <bdi>{cycle.RolloutWords ?? "under way"}</bdi></p>");
        html.Write($"</section>");
    }

    private static void WriteNumbers(Markup html, RetrainingCycle cycle)
    {
        html.Write($"""<section aria-labelledby="numbers"><h2 id="numbers">Before and after</h2>""");
        if (cycle is { Comparison: null, Before: null, After: null })
        {
            html.Write($"<p>Nothing was compared, and no true labels have come.</p></section>");
            return;
        }
        OpenTable(html, "Macro-F1", "Of", "#Champion", "#Challenger", "#Difference");
        if (cycle.Comparison is { } found)
            html.Write($"""<tr><th scope="row">Held-out rows</th><td class="n">{Score(found.ChampionMacroF1)}</td><td class="n">{Score(found.ChallengerMacroF1)}</td><td class="n">{Signed(found.Difference)}</td></tr>""");
        if (cycle.Before is not null || cycle.After is not null)
            html.Write($"""<tr><th scope="row">Labelled answers</th><td class="n">{Live(cycle.Before)}</td><td class="n">{Live(cycle.After)}</td><td class="n">{(cycle is { Before: { } before, After: { } after } ? Signed(after.MacroF1 - before.MacroF1) : "–")}</td></tr>""");
        CloseTable(html);
        html.Write($"""<p class="quiet">Held out: both models answered the same rows, on which neither was trained. Labelled answers: of each model its own, so that they are not of the same rows.</p></section>""");
    }

    private static void WriteTimes(Markup html, RetrainingCycle cycle)
    {
        var begun = cycle.Started is { } started ? $"; begun at {Minute(started)}, as run {cycle.Run}" : "";
        var over = cycle.Ended is { } ended ? $"; ended at {Minute(ended)}" : "";
        html.Write($"""<section aria-labelledby="times"><h2 id="times">When</h2><p>Asked for at {Minute(cycle.Created)} UTC by <bdi>{cycle.RequestedBy}</bdi>{begun}{over}.</p></section>""");
    }

    private static string Live(LiveScores? scores) => scores is null ? "–" : $"{Score(scores.MacroF1)} of {Quantity.Count(scores.Labels)}";

    private static string Score(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
