using Plumbline.Reporting;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// Shows a <see cref="DataProfile"/> as one HTML page that needs nothing else: no request, no script, pictures inline. The same profile gives the same
/// bytes. Thread-safe.
/// </summary>
public static partial class ProfilePage
{
    private const int MostLabelsInFull = 12;
    private const int MostBars = 40;

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    /// <param name="title">What was profiled.</param>
    /// <param name="files">Names of the source's files, to say where examples stand; empty where there is one.</param>
    public static string Render(DataProfile profile, string title, params IReadOnlyList<string> files)
    {
        var html = new Markup();
        WriteHead(html, $"{title}: profile");
        html.Write($"""<header><h1 dir="auto">{title}</h1>""");
        WriteSummary(html, profile);
        html.Write($"</header><main>");
        WriteFindings(html, profile);
        WriteClasses(html, profile);
        WriteLengths(html, profile);
        WriteTimes(html, profile);
        WriteColumns(html, profile);
        WriteText(html, profile);
        WriteDuplicates(html, profile, files);
        WritePredictors(html, profile);
        WriteLabels(html, profile, files);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteSummary(Markup html, DataProfile profile)
    {
        var labelled = profile.Labels.Sum(label => label.Rows);
        var missing = profile.Columns.Sum(column => column.Missing);
        var duplicates = profile.Duplicates;
        html.Write($"<p>{Quantity.Count(profile.Rows)} records of {profile.Columns.Count} columns were read, of which {Quantity.Count(labelled)} have a text and a label that can be used.</p>");
        html.Write($"""<dl class="tiles">""");
        WriteTile("Records", Quantity.Short(profile.Rows), profile.Rows == labelled ? "all can be used" : $"{Quantity.Count(profile.Rows - labelled)} cannot be used");
        WriteTile("Labels", Quantity.Count(profile.Labels.Count), $"{Quantity.Count(profile.Labels.Min(label => label.Rows))} to {Quantity.Count(profile.Labels.Max(label => label.Rows))} records each");
        WriteTile("Missing values", Quantity.Share(missing, (double)profile.Rows * profile.Columns.Count), $"in {profile.Columns.Count(column => column.Missing > 0)} of {profile.Columns.Count} columns");
        WriteTile("Repeated texts", Quantity.Share(duplicates.Normalised, labelled), duplicates.Near is { } near ? $"{Quantity.Share(near, labelled)} with near-duplicates" : "near-duplicates were not looked for");
        WriteTile("Label conflicts", Quantity.Count(duplicates.ConflictingTexts), $"texts, {Quantity.Count(duplicates.ConflictingRows)} records");
        if (profile.Times is { } times)
            WriteTile("Time", ProfileCharts.Day(times.First, "month"), $"to {ProfileCharts.Day(times.Last, "month")}");
        html.Write($"</dl>");
        (string Id, string Name, bool Shown)[] sections =
        [
            ("findings", "Findings", true), ("classes", "Labels", true), ("lengths", "Lengths", true), ("times", "Time", profile.TimeBins is not null), ("columns", "Columns", true),
            ("text", "Text", true), ("duplicates", "Duplicates", true), ("predictors", "Predictors", true), ("words", "Words and examples", true),
        ];
        WriteNavigation(html, sections.Where(section => section.Shown).Select(section => (section.Id, section.Name)));

        void WriteTile(string name, string value, string hint) =>
            html.Write($"""<div><dt>{name}</dt><dd><strong>{value}</strong><span class="quiet">{hint}</span></dd></div>""");
    }

    private static void WriteFindings(Markup html, DataProfile profile)
    {
        var findings = ProfileFindings.Of(profile).ToArray();
        html.Write($"""<section aria-labelledby="findings"><h2 id="findings">Findings</h2>""");
        if (findings.Length == 0)
            html.Write($"<p>Nothing that needs a look.</p>");
        else
            html.Write($"<ul>");
        foreach (var finding in findings)
            html.Write($"<li><bdi>{finding}</bdi></li>");
        if (findings.Length > 0)
            html.Write($"</ul>");
        html.Write($"</section>");
    }

    private static void WriteClasses(Markup html, DataProfile profile)
    {
        html.Write($"""<section aria-labelledby="classes"><h2 id="classes">Labels</h2>""");
        html.Write($"<p>Records that can be used, by the split they fall into, before classes are balanced.</p>");
        WriteFigure(html, ProfileCharts.Classes([.. profile.Labels.Count <= MostBars ? profile.Labels : profile.Labels.OrderByDescending(label => label.Rows).Take(MostBars)]));
        if (profile.Labels.Count > MostBars)
            html.Write($"""<p class="quiet">The {MostBars} most frequent of {profile.Labels.Count} labels.</p>""");
        html.Write($"</section>");
    }

    private static void WriteLengths(Markup html, DataProfile profile)
    {
        var high = QuantileBins.HighOf(profile.Text.Characters);
        html.Write($"""<section aria-labelledby="lengths"><h2 id="lengths">Lengths</h2><div class="figures">""");
        WriteLength("lengths-characters", "Characters of each text", profile.Text.Characters, high, 360);
        WriteLength("lengths-words", "Words of each text", profile.Text.Words, QuantileBins.HighOf(profile.Text.Words), 360);
        html.Write($"</div>");
        var many = profile.Labels.Count > MostLabelsInFull;
        html.Write($"""<details><summary>Characters by label{(many ? $": the {MostLabelsInFull} most frequent of {profile.Labels.Count}" : "")}</summary><div class="figures">""");
        foreach (var (index, label) in Leading(profile).Index())
            WriteLength($"lengths-{index}", label.Label, label.Characters, high, 240);
        html.Write($"</div></details></section>");

        void WriteLength(string name, string title, NumberProfile numbers, double end, double width)
        {
            html.Write($"<div>");
            WriteFigure(html, ProfileCharts.Lengths(name, title, numbers, end, width));
            html.Write($"""<p class="quiet">{ProfileCharts.Summary(numbers)}.</p></div>""");
        }
    }

    /// <summary>All labels where they are few; else the most frequent ones.</summary>
    private static IEnumerable<LabelProfile> Leading(DataProfile profile) =>
        profile.Labels.Count <= MostLabelsInFull ? profile.Labels : profile.Labels.OrderByDescending(label => label.Rows).Take(MostLabelsInFull);

    private static void WriteTimes(Markup html, DataProfile profile)
    {
        if (profile.TimeBins is null)
            return;
        html.Write($"""<section aria-labelledby="times"><h2 id="times">Time</h2>""");
        html.Write($"<p>From {ProfileCharts.Day(profile.Times!.First)} to {ProfileCharts.Day(profile.Times.Last)}. What lies before or after the {profile.TimeBins.Starts.Count} bins counts into the first or the last.</p>");
        WriteFigure(html, ProfileCharts.Times(profile));
        html.Write($"</section>");
    }
}
