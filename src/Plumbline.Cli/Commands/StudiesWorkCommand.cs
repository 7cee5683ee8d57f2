using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;

namespace Plumbline.Cli.Commands;

internal sealed class StudiesWorkCommand : CliCommand
{
    private readonly Argument<string> _name = new("CONTEST") { Description = "What the names of its studies begin with, or the name of one of them" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of this process (all cores)", HelpName = "N" };

    public StudiesWorkCommand(Terminal terminal)
        : base(terminal, "work", "Run trials of a contest that was begun with train --shared, beside it")
    {
        IsTraced = true;
        Arguments.Add(_name);
        Options.Add(_threads);
        Examples = ["studies work reviews/3f0c9a1b2c3d", "studies work reviews/3f0c9a1b2c3d --threads 2"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        if (parse.GetValue(_threads) is < 1 and var threads)
            throw CliException.Usage($"--threads: {threads} is below 1.");
        var home = CommonOptions.HomeOf(parse);
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var (name, request) = await workspace.Contests.GetAsync(parse.GetValue(_name)!, cancellation);
        var snapshot = Snapshot.Open(await SnapshotLocator.FindAsync(home, request.Snapshot, Terminal.Time, cancellation));
        var ran = await ProgressView.RunAsync(
            Terminal, view => Task.Run(() => workspace.Training.WorkAsync(request, snapshot, parse.GetValue(_threads), view, cancellation), CancellationToken.None));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["contest"] = name, ["trials_run"] = ran });
        else
            Terminal.Error.WriteLine($"Finished {ran} trials here; no trial of {name} is left. Who holds the contest chooses and publishes; if nobody does: studies resume {name}");
        return ExitCode.Ok;
    }
}
