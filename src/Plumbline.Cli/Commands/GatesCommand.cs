using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class GatesCommand : CliCommand
{
    private readonly Argument<string> _version = new("VERSION") { Description = "name/3 or name@alias" };

    public GatesCommand(Terminal terminal)
        : base(terminal, "gates", "What the gates said of a version last, also of one that was removed")
    {
        Arguments.Add(_version);
        Examples = ["gates reviews/3", "gates reviews@champion --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var reference = parse.GetRequiredValue(_version);
        var last = await workspace.Promotions.FindLastAsync(reference, cancellation)
            ?? throw new MetadataException(MetadataError.NotFound, $"{reference} was never promoted or refused. plumbline promote {reference} --dry-run says what the gates say of it.");
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, GateTable.ToJson(last));
            return ExitCode.Ok;
        }
        var against = last.Against is { } champion ? $" against {last.Name}/{champion}" : "";
        Terminal.Error.WriteLine($"{last.Name}/{last.Version} → {last.Alias}{against}: {JsonOutput.NameOf(last.Outcome!.Value)} by {last.Actor}, {ModelsCommand.Day(last.Time)}{(last.Reason.Length > 0 ? $", {last.Reason}" : "")}");
        GateTable.Write(Terminal, last);
        foreach (var failed in last.Results.Where(result => !result.Passed))
            Terminal.Error.WriteLine($"{failed.Gate}: {failed.Explanation}");
        return ExitCode.Ok;
    }
}
