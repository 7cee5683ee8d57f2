using System.Globalization;
using Plumbline.Reporting;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Rollouts;

/// <summary>Shows a rollout as one HTML page that needs nothing else: no request, no script. The same rollout gives the same bytes. Thread-safe.</summary>
public static class RolloutPage
{
    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(StoredRollout rollout)
    {
        var (html, definition) = (new Markup(), rollout.Definition);
        var test = RolloutAnalysis.Report(definition, rollout.State);
        WriteHead(html, $"{definition.Name}: rollout");
        html.Write($"""<header><h1 dir="auto">{definition.Name}: {rollout.Words}</h1>""");
        var kind = definition.Kind switch { RolloutKind.Ab => "A/B test", RolloutKind.Bandit => "Bandit", _ => "Canary" };
        html.Write($"<p>{kind} of {string.Join(", ", definition.Candidates.Select(candidate => candidate.Version))} beside {definition.Stable}, since {Minute(rollout.State.Started)} UTC, by {RolloutJson.NameOf(definition.Unit)}.</p>");
        WriteNavigation(html, Sections(test));
        html.Write($"</header><main>");
        if (test is not null)
            WriteTest(html, test);
        if (test?.Slices is { } slices)
            WriteSlices(html, test, slices);
        WriteJournal(html, rollout.State);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static IEnumerable<(string Id, string Name)> Sections(AbReport? test)
    {
        if (test is not null)
            yield return ("test", "Test");
        if (test?.Slices is not null)
            yield return ("slices", "Slices");
        yield return ("journal", "Journal");
    }

    private static void WriteTest(Markup html, AbReport test)
    {
        html.Write($"""<section aria-labelledby="test"><h2 id="test">{test.Metric}: {RolloutJson.NameOf(test.Verdict)}</h2>""");
        OpenTable(html, "Arms", "Arm", "#Share", "#Units", "#Rows", "#Value");
        foreach (var arm in test.Arms)
            html.Write($"""<tr><th scope="row" dir="auto">{arm.Version}</th><td class="n">{Words.Percent(arm.Share)}</td><td class="n">{Quantity.Count(arm.Units)}</td><td class="n">{Quantity.Count(arm.Rows)}</td><td class="n">{Score(arm.Value)}</td></tr>""");
        CloseTable(html);
        OpenTable(html, "Candidates", "Candidate", "Is", "#Effect", "#Low", "#High");
        foreach (var one in test.Comparisons)
            html.Write($"""<tr><th scope="row" dir="auto">{one.Version}</th><td>{RolloutJson.NameOf(one.Verdict)}</td><td class="n">{Signed(one.Effect)}</td><td class="n">{Signed(one.Low)}</td><td class="n">{Signed(one.High)}</td></tr>""");
        CloseTable(html);
        html.Write($"<ul>");
        foreach (var one in test.Comparisons)
            html.Write($"<li><bdi>{one.Explanation}</bdi></li>");
        html.Write($"</ul></section>");
    }

    private static void WriteSlices(Markup html, AbReport test, IReadOnlyList<SliceComparison> slices)
    {
        html.Write($"""<section aria-labelledby="slices"><h2 id="slices">Slices</h2>""");
        html.Write($"<p>Bounds hold for all slices together, corrected for {test.MostSlices!.Value}, however often one looks. The test is not decided by them.</p>");
        OpenTable(html, "By categorical input", "Slice", "Candidate", "Is", "#Rows", "#Stable’s rows", "#Value", "#Stable’s value", "#Effect", "#Low", "#High");
        foreach (var one in slices)
        {
            html.Write($"""<tr><th scope="row" dir="auto">{one.Column} {one.Value}</th><td dir="auto">{one.Version}</td><td>{RolloutJson.NameOf(one.Verdict)}{(one.Missing is null ? "" : $": {one.Missing}")}</td><td class="n">{Quantity.Count(one.CandidateRows)}</td><td class="n">{Quantity.Count(one.StableRows)}</td>""");
            html.Write($"""<td class="n">{Score(one.Candidate)}</td><td class="n">{Score(one.Stable)}</td><td class="n">{Signed(one.Effect)}</td><td class="n">{Signed(one.Low)}</td><td class="n">{Signed(one.High)}</td></tr>""");
        }
        CloseTable(html);
        foreach (var column in (test.Columns ?? []).Where(column => column.UnslicedRows > 0))
            html.Write($"<p><bdi>{column.Column}</bdi>: {Quantity.Count(column.UnslicedRows)} of {Quantity.Count(column.Rows)} rows are in no slice.</p>");
        html.Write($"</section>");
    }

    private static void WriteJournal(Markup html, RolloutState state)
    {
        html.Write($"""<section aria-labelledby="journal"><h2 id="journal">Journal</h2>""");
        OpenTable(html, "What was found", "Until, UTC", "#Step", "What", "#Analyses", "Why");
        foreach (var entry in state.Journal.Reverse())
        {
            html.Write($"""<tr><th scope="row">{Minute(entry.Until)}</th><td class="n">{Quantity.Count(entry.Step + 1)}</td><td>{RolloutJson.NameOf(entry.Action).Replace('_', ' ')}</td><td class="n">{Quantity.Count(entry.Analyses)}</td><td>""");
            foreach (var reason in entry.Reasons)
                html.Write($"<p><bdi>{reason}</bdi></p>");
            html.Write($"</td></tr>");
        }
        CloseTable(html);
        html.Write($"{(state.Forgotten == 0 ? "" : $"{Quantity.Count(state.Forgotten)} earlier entries are forgotten.")}</section>");
    }

    private static string Score(double? value) => value is { } number ? Words.Score(number) : "–";

    private static string Signed(double? value) => value is { } number ? Words.Signed(number) : "–";

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
