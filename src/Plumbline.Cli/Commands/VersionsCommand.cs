using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Registry;
using Plumbline.Registry.Gates;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class VersionsCommand : CliCommand
{
    public VersionsCommand(Terminal terminal)
        : base(terminal, "versions", "Numbered versions of models")
    {
        Subcommands.Add(new VersionsShowCommand(terminal));
        Subcommands.Add(new VersionsListCommand(terminal));
        Examples = ["versions list reviews --limit 5", "versions show reviews/3", "versions show reviews@champion --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("Say which: versions list NAME or versions show NAME/3.");
}

internal sealed class VersionsListCommand : CliCommand
{
    private readonly Argument<string?> _name = new("NAME") { Description = "Model; else of all", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int> _limit = new("--limit") { Description = "At most this many, 1 to 1000 (100)", HelpName = "N", DefaultValueFactory = static _ => 100 };
    private readonly Option<string?> _filter = new("--filter") { Description = "Only those of which this holds, as MLflow writes it", HelpName = "F" };
    private readonly Option<string[]> _orderBy = new("--order-by") { Description = "Such as \"version_number ASC\"; may be repeated", HelpName = "O" };

    public VersionsListCommand(Terminal terminal)
        : base(terminal, "list", "Versions, those of a model the newest first, of all those changed last first, unless asked otherwise")
    {
        Arguments.Add(_name);
        Options.Add(_limit);
        Options.Add(_filter);
        Options.Add(_orderBy);
        Examples = ["versions list reviews --limit 5", "versions list --filter \"tags.team = 'a'\" --order-by \"creation_timestamp DESC\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var limit = parse.GetValue(_limit);
        if (limit is not (>= 1 and <= 1000))
            throw CliException.Usage($"--limit: {limit} is not within 1 to 1000.");
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var page = await workspace.Registry.SearchVersionsAsync(await QueryAsync(parse, workspace, limit, cancellation), cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(Terminal, new JsonArray([.. page.Versions.Select(VersionTable.ToJson)]));
            return ExitCode.Ok;
        }
        VersionTable.Write(Terminal, page.Versions, parse.GetValue(_name) is null);
        if (page.NextPageToken is not null)
            Terminal.Error.WriteLine("There are more; --limit shows them.");
        return ExitCode.Ok;
    }

    private async Task<RegistryQuery> QueryAsync(ParseResult parse, Workspace workspace, int limit, CancellationToken cancellation)
    {
        var (filter, order) = (parse.GetValue(_filter), parse.GetValue(_orderBy) ?? []);
        if (parse.GetValue(_name) is not { } name)
            return new RegistryQuery { Limit = limit, Filter = filter, OrderBy = order };
        // Says so where there is no such model.
        await workspace.Registry.GetModelAsync(name, cancellation);
        var quote = name.Contains('\'', StringComparison.Ordinal) ? '"' : '\'';
        var ofModel = $"name = {quote}{name}{quote}";
        return new RegistryQuery { Limit = limit, Filter = string.IsNullOrWhiteSpace(filter) ? ofModel : $"{ofModel} AND {filter}", OrderBy = order.Length > 0 ? order : ["version_number DESC"] };
    }
}

internal sealed class VersionsShowCommand : CliCommand
{
    private const int ShownLabels = 10;

    private readonly Argument<string> _version = new("VERSION") { Description = "name/3 or name@alias" };

    public VersionsShowCommand(Terminal terminal)
        : base(terminal, "show", "A version: bundle, run, data, what it takes and answers, aliases, stage, tags, notes, what the gates said, what happened to it")
    {
        Arguments.Add(_version);
        Examples = ["versions show reviews/3", "versions show reviews@champion --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var version = await workspace.Registry.ResolveAsync(parse.GetRequiredValue(_version), cancellation);
        var gates = await workspace.Promotions.FindLastAsync(version.Name, version.Version, cancellation);
        var notes = (await workspace.Registry.ListAnnotationsAsync(version.Name, cancellation)).Where(note => note.Version == version.Version).ToArray();
        var events = await new EventLog(workspace.Store).ListAsync($"{version.Name}/{version.Version}", cancellation: cancellation);
        var signature = version.BundleDigest is { } bundle ? await BundleSignature.ReadAsync(workspace.Artifacts, bundle, cancellation) : null;
        if (parse.GetValue(CommonOptions.Json))
        {
            var json = VersionTable.ToJson(version);
            json["signature"] = signature is null ? null : ToJson(signature);
            json["annotations"] = VersionTable.ToJson(notes);
            json["gates"] = gates is null ? null : GateTable.ToJson(gates);
            JsonOutput.Write(Terminal, json);
            return ExitCode.Ok;
        }
        Tables.Write(Terminal, ["Name", "Value"], [.. Facts(version, gates), .. Facts(signature), .. version.Tags.Select(tag => new[] { tag.Key, tag.Value })]);
        VersionTable.WriteNotes(Terminal, notes);
        foreach (var happened in events)
            Terminal.Error.WriteLine($"{ModelsCommand.Day(happened.Time)}  {happened.Action} by {happened.Actor}");
        return ExitCode.Ok;
    }

    private static JsonObject ToJson(BundleSignature signature) => new()
    {
        ["numeric"] = SnapshotCommand.Texts(signature.Numeric),
        ["categorical"] = SnapshotCommand.Texts(signature.Categorical),
        ["aggregates"] = SnapshotCommand.Texts(signature.Aggregates),
        ["labels"] = SnapshotCommand.Texts(signature.Labels),
    };

    private static string[][] Facts(BundleSignature? signature) => signature is null ? [] :
    [
        ["Takes", string.Join(", ", ["text", .. signature.Numeric, .. signature.Categorical, .. signature.Aggregates.Count > 0 ? ["user and item"] : Array.Empty<string>()])],
        ["Answers", SnapshotCommand.Shorten(signature.Labels, ShownLabels)],
    ];

    private static string[][] Facts(ModelVersion version, GateEvaluation? gates) =>
    [
        [version.BundleDigest is null ? "Source" : "Bundle", version.BundleDigest ?? version.Source ?? ""], ["Run", version.RunId ?? "not tracked"], ["Snapshot", version.SnapshotDigest ?? "unknown"],
        ["Aliases", string.Join(", ", version.Aliases)], ["Stage", VersionTable.StageOf(version)], ["Since", ModelsCommand.Day(version.CreationTime)], ["Description", version.Description],
        ["Gates", gates is null ? "never evaluated" : $"{JsonOutput.NameOf(gates.Outcome!.Value)}, {gates.Results.Count(result => result.Passed)} of {gates.Results.Count.ToString(CultureInfo.InvariantCulture)} passed"],
    ];
}
