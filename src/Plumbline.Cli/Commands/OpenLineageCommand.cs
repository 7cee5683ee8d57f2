using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Pipelines.OpenLineage;

namespace Plumbline.Cli.Commands;

internal sealed class OpenLineageCommand : CliCommand
{
    public OpenLineageCommand(Terminal terminal)
        : base(terminal, "openlineage", "OpenLineage events that wait to be sent")
    {
        Subcommands.Add(new OpenLineageShowCommand(terminal));
        Subcommands.Add(new OpenLineageFlushCommand(terminal));
        Examples = ["openlineage show", "openlineage flush"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => OpenLineageShowCommand.ShowAsync(Terminal, parse, cancellation);
}

internal sealed class OpenLineageShowCommand(Terminal terminal) : CliCommand(terminal, "show", "Where events go, and which wait")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ShowAsync(Terminal, parse, cancellation);

    public static async Task<ExitCode> ShowAsync(Terminal terminal, ParseResult parse, CancellationToken cancellation)
    {
        var options = OpenLineageEvents.OptionsOf();
        var outbox = new OpenLineageOutbox(CommonOptions.HomeOf(parse), terminal.Time);
        var (waiting, rejected, trouble) = (await ReadAsync(outbox.Waiting(), cancellation), outbox.Rejected(), outbox.Trouble());
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonObject
            {
                ["endpoint"] = options?.Endpoint.ToString(),
                ["namespace"] = options?.Namespace,
                ["problem"] = trouble?.Problem,
                ["not_before"] = trouble?.NotBefore.ToUnixTimeMilliseconds(),
                ["waiting"] = new JsonArray([.. waiting]),
                ["rejected"] = new JsonArray([.. rejected.Select(file => JsonValue.Create(file))]),
            });
            return ExitCode.Ok;
        }
        terminal.Error.WriteLine($"Endpoint  {options?.ToString() ?? "none; name one as openlineage.endpoint of the plumbline.yaml, or as OPENLINEAGE_URL"}");
        if (trouble is { } known)
            terminal.Error.WriteLine($"Problem   {known.Problem} Next try after {ModelsCommand.Day(known.NotBefore.ToUnixTimeMilliseconds())}");
        if (rejected.Count > 0)
            terminal.Error.WriteLine($"Rejected  {rejected.Count.ToString(CultureInfo.InvariantCulture)} in {Path.GetDirectoryName(rejected[0])}");
        Tables.Write(terminal, ["Waiting", "Event", "Job", "Run"], waiting.Select(e => new[]
        {
            Text(e, "eventTime"), Text(e, "eventType"), Text(e["job"]!, "name"), Text(e["run"]!, "runId"),
        }));
        return ExitCode.Ok;
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    /// <summary>Those that are still there: another process may be sending.</summary>
    private static async Task<List<JsonNode>> ReadAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var events = new List<JsonNode>();
        foreach (var file in files)
        {
            try
            {
                events.Add(JsonNode.Parse(await File.ReadAllBytesAsync(file, cancellation))!);
            }
            catch (FileNotFoundException)
            {
                // Sent meanwhile.
            }
        }
        return events;
    }
}

internal sealed class OpenLineageFlushCommand(Terminal terminal) : CliCommand(terminal, "flush", "Send what waits now, whenever the next try would be")
{
    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var options = OpenLineageEvents.OptionsOf() ?? throw CliException.Usage("Nothing says where to send events: name an endpoint as openlineage.endpoint of the plumbline.yaml, or as OPENLINEAGE_URL.");
        var outbox = new OpenLineageOutbox(CommonOptions.HomeOf(parse), Terminal.Time);
        var before = outbox.Waiting().Count;
        var problem = await outbox.SendAsync(options, evenIfEarly: true, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var waiting = outbox.Waiting().Count;
        if (problem is not null)
            throw new CliException(ExitCode.Network, FormattableString.Invariant($"{waiting} events wait: {problem} They are kept, and sent by the next command or server that can."));
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["sent"] = before - waiting, ["waiting"] = waiting, ["rejected"] = outbox.Rejected().Count });
        else
            Terminal.Error.WriteLine(FormattableString.Invariant($"{before - waiting} events sent, {waiting} wait"));
        return ExitCode.Ok;
    }
}
