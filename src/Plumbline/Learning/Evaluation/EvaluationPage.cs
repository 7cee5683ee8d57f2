using System.Text;
using Plumbline.Reporting;
using Plumbline.Storage;

namespace Plumbline.Learning.Evaluation;

/// <summary>
/// Shows an <see cref="EvaluationReport"/> as one HTML page that needs nothing else: no request, no script, pictures
/// inline. The same report gives the same bytes. Thread-safe.
/// </summary>
public static partial class EvaluationPage
{
    public const string PageFile = "report.html";

    public const string JsonFile = "evaluation.json";

    /// <summary>Writes <c>report.html</c> and <c>evaluation.json</c> into <paramref name="directory"/>, replacing older ones whole.</summary>
    public static void Write(EvaluationReport report, string directory)
    {
        WriteWhole(Path.Combine(directory, JsonFile), report.ToJson());
        WriteWhole(Path.Combine(directory, PageFile), Render(report));
    }

    /// <summary>Writes each picture as an <c>.svg</c> file of its own and returns their paths.</summary>
    public static IReadOnlyList<string> WritePictures(EvaluationReport report, string directory)
    {
        var paths = new List<string>();
        foreach (var picture in EvaluationPictures.Of(report).All)
        {
            var path = Path.Combine(directory, picture.Name + ".svg");
            WriteWhole(path, picture.StandAlone());
            paths.Add(path);
        }
        return paths;
    }

    /// <summary>The page as HTML that is well-formed XML too.</summary>
    public static string Render(EvaluationReport report)
    {
        var pictures = EvaluationPictures.Of(report);
        var html = new Markup();
        PageElements.WriteHead(html, $"{report.Title}: evaluation");
        html.Write($"""<header><h1 dir="auto">{report.Title}</h1>""");
        WriteSummary(html, report);
        html.Write($"</header><main>");
        WriteResults(html, report);
        WriteClasses(html, report.Test, pictures);
        WriteConfusion(html, report.Test, pictures);
        WriteProbabilities(html, report.Test, pictures);
        WriteLearningCurve(html, report, pictures);
        WriteMisclassified(html, report);
        WriteImportances(html, pictures);
        WriteFeatures(html, report, pictures);
        WriteCandidates(html, report);
        WriteFacts(html, report);
        html.Write($"</main></body></html>");
        return html.ToString();
    }

    private static void WriteWhole(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
