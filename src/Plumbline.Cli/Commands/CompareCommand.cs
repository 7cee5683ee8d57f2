using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Registry.Comparisons;
using Plumbline.Registry.Evidence;
using Plumbline.Statistics;

namespace Plumbline.Cli.Commands;

internal sealed class CompareCommand : CliCommand
{
    private const int RunDigits = 32;

    private readonly Argument<string> _first = new("A") { Description = "name/3, name@alias, a bundle's folder or digest, or a run" };
    private readonly Argument<string> _second = new("B") { Description = "Likewise" };
    private readonly Option<string?> _html = new("--html") { Description = "Write a page with pictures there", HelpName = "FILE" };
    private readonly Option<bool> _open = new("--open") { Description = "Show the page in the browser (compare.html)" };

    public CompareCommand(Terminal terminal)
        : base(terminal, "compare", "Two models side by side: scores, classes, params, features, costs")
    {
        Arguments.Add(_first);
        Arguments.Add(_second);
        Options.Add(_html);
        Options.Add(_open);
        Examples = ["compare reviews/3 reviews@champion", "compare reviews/3 reviews/2 --html compare.html", "compare 35af6467e15f reviews/1 --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var first = await FindAsync(workspace, parse.GetRequiredValue(_first), cancellation);
        var second = await FindAsync(workspace, parse.GetRequiredValue(_second), cancellation);
        var comparison = ModelComparison.Of(first, second);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(comparison.ToJson())!);
        else
            Show(comparison);
        WritePage(parse, comparison);
        return ExitCode.Ok;
    }

    private async Task<ModelEvidence> FindAsync(Workspace workspace, string name, CancellationToken cancellation)
    {
        if (name.Length == RunDigits && name.All(char.IsAsciiHexDigitLower) && !(Directory.Exists(workspace.Home.Bundles) && Directory.EnumerateDirectories(workspace.Home.Bundles, name + "*").Any()))
            return await workspace.Evidence.OfRunAsync(name, cancellation);
        var located = await BundleLocator.FindAsync(workspace.Home, name, Terminal.Time);
        return located.Version is { } version
            ? await workspace.Evidence.OfVersionAsync(version, cancellation)
            : await workspace.Evidence.OfBundleAsync(name, located.Directory, cancellation);
    }

    private void Show(ModelComparison comparison)
    {
        string[] columns = ["Name", comparison.First, comparison.Second];
        Tables.Write(Terminal, ["Metric", comparison.First + ">", comparison.Second + ">"], comparison.Metrics.Select(metric => new[] { metric.Name, Text(metric.First), Text(metric.Second) }));
        if (comparison.Classes.Count > 0)
        {
            Tables.Write(Terminal, ["Class", "Rows>", "Recall>", "other>", "F1>", "other>"], comparison.Classes.Select(compared => new[]
            {
                compared.Label, (compared.First ?? compared.Second)!.Support.ToString(CultureInfo.InvariantCulture),
                Text(compared.First?.Recall), Text(compared.Second?.Recall), Text(compared.First?.F1), Text(compared.Second?.F1),
            }));
        }
        if (comparison.Params.Count > 0)
            Tables.Write(Terminal, ["Param", .. columns[1..]], comparison.Params.Select(Row));
        if (comparison.Features.Count > 0)
            Tables.Write(Terminal, ["Feature", .. columns[1..]], comparison.Features.Select(Row));
        Terminal.Error.WriteLine(comparison.Difference is { } difference ? Describe(difference) : $"Macro-F1 on test: no difference to tell: {comparison.NoDifference}");
        Terminal.Error.WriteLine(comparison.ContractBreaks.Count == 0
            ? $"Callers of {comparison.Second} need no change for {comparison.First}"
            : $"Callers of {comparison.Second} would have to change for {comparison.First}: {string.Join("; ", comparison.ContractBreaks)}");
    }

    private static string Describe(MetricDifference difference)
    {
        var how = difference.Paired is { } paired ? string.Create(CultureInfo.InvariantCulture, $"on the same rows; McNemar p = {paired.McNemarP:0.####}") : "not measured on the same rows";
        return string.Create(CultureInfo.InvariantCulture, $"Macro-F1 on test: {difference.Difference:+0.0000;-0.0000} ({difference.Low:+0.0000;-0.0000} to {difference.High:+0.0000;-0.0000}, 95 %), {how}");
    }

    private static string[] Row(ComparedText text) => [text.Name, text.First ?? "–", text.Second ?? "–"];

    private static string Text(double? value) => value?.ToString("f4", CultureInfo.InvariantCulture) ?? "–";

    private static string Text(Estimate? estimate) => estimate is null ? "–"
        : double.IsNaN(estimate.Low) ? estimate.Value.ToString("0.####", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:f4}  {estimate.Low:f4} – {estimate.High:f4}");

    private void WritePage(ParseResult parse, ModelComparison comparison)
    {
        if (parse.GetValue(_html) is null && !parse.GetValue(_open))
            return;
        var page = Path.GetFullPath(parse.GetValue(_html) ?? "compare.html");
        OutputFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(ComparisonPage.Render(comparison))));
        Terminal.Error.WriteLine($"Page      {page}");
        if (parse.GetValue(_open))
            Browser.Open(Terminal, page);
    }
}
