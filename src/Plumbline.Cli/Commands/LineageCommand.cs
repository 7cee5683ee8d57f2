using System.CommandLine;
using System.Globalization;
using System.Text;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Lineage;

namespace Plumbline.Cli.Commands;

internal sealed class LineageCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID")
    {
        Description = "NAME/3, NAME@alias, a run, a contest or study, a data set, a source's path or address, a prediction, or a digest or its first 6 digits",
    };

    private readonly Option<LineageDirection> _direction = new("--direction")
    {
        Description = "up (what it was made from), down (what was made from it), both",
        HelpName = "WAY",
        CustomParser = static result => Names.Parse<LineageDirection>(result) ?? LineageDirection.Both,
    };

    private readonly Option<int?> _depth = new("--depth") { Description = "At most so many steps", HelpName = "N" };
    private readonly Option<string?> _html = new("--html") { Description = $"Write a page with the graph there ({LineagePage.PageFile})", HelpName = "F" };
    private readonly Option<bool> _open = new("--open") { Description = "Write the page and open it in the browser" };

    public LineageCommand(Terminal terminal)
        : base(terminal, "lineage", "What something was made from, and what was made from it")
    {
        Arguments.Add(_id);
        Options.Add(_direction);
        Options.Add(_depth);
        Options.Add(_html);
        Options.Add(_open);
        _depth.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 0)
                result.AddError("--depth is 0 or more.");
        });
        Examples = ["lineage reviews@champion", "lineage reviews.csv.gz --direction down", "lineage 9a3e1f --depth 2 --json", "lineage reviews/3 --open"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var graph = await new LineageReader(workspace.Store, workspace.Artifacts, Terminal.Time).ReadAsync(parse.GetRequiredValue(_id), parse.GetValue(_direction), parse.GetValue(_depth), cancellation);
        WritePage(parse, graph);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, graph.ToJsonObject());
            return ExitCode.Ok;
        }
        var madeFrom = graph.Edges.ToLookup(edge => edge.To, edge => edge.From);
        Tables.Write(Terminal, ["Steps>", "What", "Made from", "Known"], graph.Nodes.Select(node => new[]
        {
            node.Distance.ToString("+0;-0;0", CultureInfo.InvariantCulture), $"{LineagePage.Name(node.Key)}{(node.IsMissing ? " (not here)" : "")}",
            string.Join(", ", madeFrom[node.Key].Select(LineagePage.Name)), string.Join(", ", node.Facts.Select(fact => $"{fact.Key} {fact.Value}")),
        }));
        if (graph.IsCut)
            Terminal.Error.WriteLine("There is more than is shown; ask with --depth or --direction.");
        return ExitCode.Ok;
    }

    private void WritePage(ParseResult parse, LineageGraph graph)
    {
        if (parse.GetValue(_html) is null && !parse.GetValue(_open))
            return;
        var page = Path.GetFullPath(parse.GetValue(_html) ?? LineagePage.PageFile);
        OutputFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(LineagePage.Render(graph))));
        Terminal.Error.WriteLine($"Page      {page}");
        if (parse.GetValue(_open))
            Browser.Open(Terminal, page);
    }
}
