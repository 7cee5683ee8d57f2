using System.Globalization;
using Plumbline.Reporting;

namespace Plumbline.Tuning.Pictures;

/// <summary>
/// Shows a study as one HTML page that needs nothing else: no request, no script, pictures inline. The same study gives the same bytes. Thread-safe.
/// </summary>
public static class StudyPage
{
    /// <summary>The page as HTML that is well-formed XML too.</summary>
    /// <param name="objectives">What the study's objectives are called; numbered where there are not as many names.</param>
    public static string Render(StudySummary study, params IReadOnlyList<string> objectives)
    {
        var count = study.Definition.Directions.Count;
        if (objectives.Count != count)
            objectives = count == 1 ? ["value"] : [.. Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"objective {number}"))];
        var html = new Markup();
        PageElements.WriteHead(html, $"{study.Name}: study");
        html.Write($"""<header><h1 dir="auto">{study.Name}</h1><p>A study begun on {study.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC.</p></header><main>""");
        StudySections.Write(html, study, "study", "Trials", objectives, folded: false);
        html.Write($"</main></body></html>");
        return html.ToString();
    }
}
