using Plumbline.Reporting;
using static Plumbline.Reporting.PageElements;

namespace Plumbline.Datasets.Profiling;

public static partial class ProfilePage
{
    private const int TopValues = 3;
    private const int LongestValue = 60;

    private static void WriteColumns(Markup html, DataProfile profile)
    {
        html.Write($"""<section aria-labelledby="columns"><h2 id="columns">Columns</h2>""");
        OpenTable(html, "Columns of the source", "Column", "Type", "#Missing", "#Mistyped", "#Different", "Values or lengths", "Range", "Most frequent");
        foreach (var (index, column) in profile.Columns.Index())
        {
            html.Write($"""
                <tr><th scope="row"><bdi>{column.Name}</bdi></th><td>{column.Type.ToString().ToLowerInvariant()}</td>
                <td class="n">{Quantity.Share(column.Missing, profile.Rows)}</td><td class="n">{Quantity.Count(column.Mistyped)}</td>
                <td class="n">{(column.Distinct > Statistics.FrequentValues.MostExact ? "≈ " : "")}{Quantity.Count(column.Distinct)}</td><td>
                """);
            if (ProfileCharts.Shape(index, column) is { } shape)
                html.Write($"{shape.Inline()}");
            html.Write($"""</td><td class="range">{RangeOf(column)}</td><td class="values">""");
            foreach (var value in column.Frequent.Take(TopValues))
                html.Write($"""<div><bdi>{Picture.Fit(value.Value, LongestValue * 4)}</bdi> <span class="quiet">{Quantity.Share(value.Count, profile.Rows)}</span></div>""");
            html.Write($"</td></tr>");
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static string RangeOf(ColumnProfile column) => column switch
    {
        { Type: FieldType.Time, Numbers: { } times } => ProfileCharts.TimeSpan(times),
        { Numbers: { } numbers } => $"{Quantity.Short(numbers.Min)} to {Quantity.Short(numbers.Max)}",
        { Lengths: { } lengths } when lengths.Min == lengths.Max => $"{Quantity.Short(lengths.Min)} characters",
        { Lengths: { } lengths } => $"{Quantity.Short(lengths.Min)} to {Quantity.Short(lengths.Max)} characters",
        _ => "",
    };

    private static void WriteText(Markup html, DataProfile profile)
    {
        var text = profile.Text;
        html.Write($"""<section aria-labelledby="text"><h2 id="text">Text</h2><div class="figures">""");
        WriteFigure(html, ProfileCharts.Counts("scripts", "Scripts, by most letters of a text", text.Scripts));
        WriteFigure(html, ProfileCharts.Counts("languages", $"Languages of {Quantity.Count(text.Languages.Sum(language => language.Count))} sampled texts", [.. text.Languages.Take(TopValues * 4)]));
        html.Write($"<div>");
        OpenTable(html, "What prose should not hold", "Texts with", "#Texts", "#Share");
        foreach (var (name, count) in new[]
            {
                ("replacement characters (U+FFFD)", text.ReplacementCharacters), ("UTF-8 read as something else (Ã©)", text.Mojibake), ("control characters", text.ControlCharacters),
                ("HTML tags or entities", text.Markup), ("web addresses", text.Links),
            })
        {
            html.Write($"""<tr><th scope="row">{name}</th><td class="n">{Quantity.Count(count)}</td><td class="n">{Quantity.Share(count, text.Characters.Count)}</td></tr>""");
        }
        CloseTable(html);
        html.Write($"</div></div></section>");
    }

    private static void WriteDuplicates(Markup html, DataProfile profile, IReadOnlyList<string> files)
    {
        var found = profile.Duplicates;
        html.Write($"""<section aria-labelledby="duplicates"><h2 id="duplicates">Duplicates and conflicts</h2>""");
        OpenTable(html, "Repeated texts", "What", "#Records");
        foreach (var (name, count) in new (string, long?)[]
            {
                ("equal to a text before, byte for byte", found.Exact), ("equal but for case, white space and punctuation", found.Normalised), ("nearly equal", found.Near),
                ("in valid or test and in train, too", found.AcrossSplits), ("in valid or test and nearly in train, too", found.NearAcrossSplits),
                ("with a text that has several labels", found.ConflictingRows),
            })
        {
            html.Write($"""<tr><th scope="row">{name}</th><td class="n">{(count is { } known ? Quantity.Count(known) : "not looked for")}</td></tr>""");
        }
        CloseTable(html);
        WriteGroups(html, found.Near is null ? "Largest groups of repeated texts" : "Largest groups of near-duplicates", found.Groups, files);
        WriteGroups(html, "Texts with several labels", found.Conflicts, files);
        html.Write($"</section>");
    }

    private static void WriteGroups(Markup html, string title, IReadOnlyList<DuplicateGroup> groups, IReadOnlyList<string> files)
    {
        if (groups.Count == 0)
            return;
        html.Write($"<h3>{title}</h3>");
        foreach (var group in groups)
        {
            var labels = string.Join(", ", group.Labels.Select(label => $"{label.Value} ({Quantity.Count(label.Count)})"));
            html.Write($"""<details><summary>{Quantity.Count(group.Rows)} records: <bdi>{labels}</bdi></summary>""");
            WriteExamples(html, group.Examples, files, labelled: true);
            html.Write($"</details>");
        }
    }

    private const string Unmeasured = "Not measured: too few records have a label.";

    private static void WritePredictors(Markup html, DataProfile profile)
    {
        html.Write($"""<section aria-labelledby="predictors"><h2 id="predictors">Columns that predict the label alone</h2>""");
        if (profile.Predictors.Count == 0)
        {
            html.Write($"<p>{(profile.PredictorsMeasured == false ? Unmeasured : "None does better than always naming the most frequent label.")}</p></section>");
            return;
        }
        html.Write($"<p>A column that foretells the label nearly always is often a leak: made after the label, or from it. Fitted on one half of a sample, measured on the other.</p>");
        OpenTable(html, "How often a column alone is right", "Column", "#Right", "#Most frequent label", "#Gain", "#Values seen before");
        foreach (var predictor in profile.Predictors)
        {
            html.Write($"""
                <tr><th scope="row"><bdi>{predictor.Column}</bdi></th><td class="n">{Quantity.Share(predictor.Accuracy, 1)}</td><td class="n">{Quantity.Share(predictor.Baseline, 1)}</td>
                <td class="n">{Quantity.Share(predictor.Accuracy - predictor.Baseline, 1)}</td><td class="n">{Quantity.Share(predictor.Coverage, 1)}</td></tr>
                """);
        }
        CloseTable(html);
        html.Write($"</section>");
    }

    private static void WriteLabels(Markup html, DataProfile profile, IReadOnlyList<string> files)
    {
        html.Write($"""<section aria-labelledby="words"><h2 id="words">Words and examples</h2><p>The words that mark each label most against the others, the strongest first.</p>""");
        var open = profile.Labels.Count <= MostLabelsInFull;
        foreach (var label in profile.Labels)
        {
            if (open)
                html.Write($"<h3><bdi>{label.Label}</bdi></h3>");
            else
                html.Write($"<details><summary><bdi>{label.Label}</bdi></summary>");
            if (label.Words.Count > 0)
                html.Write($"<p><bdi>{string.Join(" · ", label.Words)}</bdi></p>");
            if (open)
                html.Write($"<details><summary>Examples</summary>");
            WriteExamples(html, label.Examples, files, labelled: false);
            html.Write($"</details>");
        }
        html.Write($"</section>");
    }

    private static void WriteExamples(Markup html, IReadOnlyList<TextExample> examples, IReadOnlyList<string> files, bool labelled)
    {
        html.Write($"""<ol class="errors">""");
        foreach (var example in examples)
        {
            html.Write($"<li><p>");
            if (labelled)
                html.Write($"<bdi><b>{example.Label}</b></bdi>");
            html.Write($"""<span class="quiet">{(files.Count > 1 && example.File < files.Count ? files[example.File] + ", " : "")}row {Quantity.Count(example.Row)}</span></p><blockquote dir="auto">{example.Text}</blockquote></li>""");
        }
        html.Write($"</ol>");
    }
}
