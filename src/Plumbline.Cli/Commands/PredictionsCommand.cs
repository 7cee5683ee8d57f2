using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets.Aggregates;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli.Commands;

internal sealed class PredictionsCommand : CliCommand
{
    public PredictionsCommand(Terminal terminal)
        : base(terminal, "predictions", "What servers answered, and what was true")
    {
        Subcommands.Add(new PredictionsShowCommand(terminal));
        Subcommands.Add(new PredictionsFeedbackCommand(terminal));
        Subcommands.Add(new PredictionsEraseCommand(terminal));
        Examples = ["predictions show 0198c1de-6b7a-7000-8000-1f0c4d2b9a31", "predictions feedback", "predictions erase --user A3SPTOKDG7WBLN --yes"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("Say what to do: predictions show, predictions feedback or predictions erase.");
}

internal sealed class PredictionsShowCommand : CliCommand
{
    private readonly Argument<Guid> _id = new("ID") { Description = "The prediction_id of an answer" };

    public PredictionsShowCommand(Terminal terminal)
        : base(terminal, "show", "A prediction as it was logged, as JSON")
    {
        Arguments.Add(_id);
        Examples = ["predictions show 0198c1de-6b7a-7000-8000-1f0c4d2b9a31"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (id, home) = (parse.GetValue(_id), CommonOptions.HomeOf(parse));
        if (!PredictionLogReader.Find(home.Predictions, [id]).TryGetValue(id, out var prediction) && home.Artifacts is not null)
        {
            using var artifacts = new SharedArtifacts(home, Terminal.Time);
            prediction = (await new SharedPredictions(artifacts, home.Predictions, Terminal.Time).FindAsync([id], cancellation)).GetValueOrDefault(id);
        }
        var places = home.Artifacts is null ? $"{home.Predictions} has" : $"Neither {home.Predictions} nor {home.Artifacts} has";
        Terminal.Out.WriteLine((prediction ?? throw new MetadataException(
            MetadataError.NotFound,
            $"{places} {(home.Artifacts is null ? "no" : "a")} prediction {id:D}: it was made elsewhere, is too old, or was made with server.prediction_log.enabled: false.")).ToJson());
        return ExitCode.Ok;
    }
}

internal sealed class PredictionsFeedbackCommand(Terminal terminal) : CliCommand(terminal, "feedback", "How feedback stands, and what was set aside for which reason")
{
    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var feedback = new FeedbackStore(workspace.Store, Terminal.Time);
        var (state, aside) = (await feedback.StateAsync(cancellation), await feedback.ListSetAsideAsync(cancellation: cancellation));
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonObject
            {
                ["waiting"] = state.Waiting,
                ["joined"] = state.Joined,
                ["set_aside"] = state.SetAside,
                ["reasons"] = new JsonArray([.. aside.Select(one => new JsonObject { ["prediction_id"] = one.PredictionId, ["label"] = one.Label, ["reason"] = one.Reason })]),
            });
            return ExitCode.Ok;
        }
        Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{state.Joined:n0} labels are joined with their predictions, {state.Waiting:n0} wait, {state.SetAside:n0} are set aside"));
        if (aside.Count > 0)
            Tables.Write(Terminal, ["prediction", "label", "set aside because"], aside.Select(one => new[] { $"{one.PredictionId:D}", one.Label, one.Reason }));
        return ExitCode.Ok;
    }
}

internal sealed class PredictionsEraseCommand : CliCommand
{
    private readonly Option<string?> _user = new("--user") { Description = "As requests name it", HelpName = "KEY" };
    private readonly Option<string?> _item = new("--item") { Description = "As requests name it", HelpName = "KEY" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Option<bool> _yes = new("--yes") { Description = "It cannot be undone, and that is known" };

    public PredictionsEraseCommand(Terminal terminal)
        : base(terminal, "erase", "Remove what was logged of a user or an item up to now")
    {
        Options.Add(_user);
        Options.Add(_item);
        Options.Add(_reason);
        Options.Add(_yes);
        Examples = ["predictions erase --user A3SPTOKDG7WBLN --yes --reason \"asked for it\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (user, item) = (parse.GetValue(_user), parse.GetValue(_item));
        if (string.IsNullOrEmpty(user) == string.IsNullOrEmpty(item))
            throw CliException.Usage("Name one of --user and --item.");
        if (!parse.GetValue(_yes))
            throw CliException.Usage("What is erased cannot be had back. Say --yes if that is meant.");
        await using var workspace = Workspace.Open(CommonOptions.HomeOf(parse), Terminal.Time);
        var kind = string.IsNullOrEmpty(user) ? EntityKind.Item : EntityKind.User;
        var shared = workspace.Artifacts.IsShared ? new SharedPredictions(workspace.Artifacts, workspace.Home.Predictions, Terminal.Time) : null;
        var erased = await PredictionErasure.EraseAsync(
            workspace.Home.Predictions, kind, kind == EntityKind.User ? user! : item!, shared, workspace.Store, Champion.Actor, parse.GetValue(_reason) ?? "", Terminal.Time, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["erased"] = erased });
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{erased:n0} predictions were erased; those that are still in segments of running servers are seen no more, and go within the hour"));
        return ExitCode.Ok;
    }
}
