using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.Retraining;

namespace Plumbline.Cli.Commands;

/// <summary>Asks for a retraining, which servers and workers of the project carry out.</summary>
internal sealed class RetrainCommand : CliCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "Registered name" };
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the story and the audit trail", HelpName = "TEXT", Required = true };

    public RetrainCommand(Terminal terminal)
        : base(terminal, "retrain", "Train a successor of the champion, and roll it out if it is better")
    {
        Arguments.Add(_model);
        Options.Add(_reason);
        Examples = ["retrain reviews --reason \"new product line\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var cycle = await new RetrainingStore(workspace.Store, Terminal.Time).RequestAsync(parse.GetRequiredValue(_model), Champion.Actor, parse.GetRequiredValue(_reason), cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, JsonNode.Parse(cycle.ToJson())!);
        else
            Terminal.Error.WriteLine($"Retraining {cycle.Id} begins with the next look of a server or worker of the project; plumbline retraining show {cycle.Id} says how it stands");
        return ExitCode.Ok;
    }
}
