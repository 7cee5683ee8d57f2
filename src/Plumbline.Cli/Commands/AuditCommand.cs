using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class AuditCommand : CliCommand
{
    private readonly AuditListCommand _list;

    public AuditCommand(Terminal terminal)
        : base(terminal, "audit", "Who changed what, when, from where and why")
    {
        _list = new AuditListCommand(terminal);
        Subcommands.Add(_list);
        Subcommands.Add(new AuditVerifyCommand(terminal));
        Subcommands.Add(new AuditHeadCommand(terminal));
        Examples = ["audit", "audit list --subject reviews@champion", "audit head > head.txt", "audit verify --head head.txt"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => _list.ListAsync(parse, cancellation);
}

internal sealed class AuditListCommand : CliCommand
{
    private const int ShownByDefault = 100;

    private readonly Option<string?> _subject = new("--subject") { Description = "Only of this: a model, NAME/3 or NAME@alias", HelpName = "S" };
    private readonly Option<long> _after = new("--after") { Description = "Only after the event of this number", HelpName = "N" };
    private readonly Option<int> _limit = new("--limit") { Description = $"At most so many ({ShownByDefault})", HelpName = "N", DefaultValueFactory = static _ => ShownByDefault };

    public AuditListCommand(Terminal terminal)
        : base(terminal, "list", "Events, the oldest first")
    {
        Options.Add(_subject);
        Options.Add(_after);
        Options.Add(_limit);
        Examples = ["audit list --subject reviews@champion", "audit list --after 100 --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(parse, cancellation);

    public async Task<ExitCode> ListAsync(ParseResult parse, CancellationToken cancellation)
    {
        var limit = parse.GetValue(_limit) is > 0 and var given ? given : ShownByDefault;
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var events = await new EventLog(workspace.Store).ListAsync(parse.GetValue(_subject), parse.GetValue(_after), limit, cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonArray([.. events.Select(ToJson)]));
        else
            Tables.Write(Terminal, ["Event>", "When", "Who", "What", "Of", "From", "Why"], events.Select(e => new[]
            {
                e.Id.ToString(CultureInfo.InvariantCulture), ModelsCommand.Day(e.Time), e.Actor, e.Action, e.Subject, From(e), e.Reason ?? "",
            }));
        return ExitCode.Ok;
    }

    private static string From(AuditEvent e)
    {
        var origin = OriginOf(e);
        return string.Join(' ', new[] { origin?["interface"], origin?["client"] ?? origin?["host"] }.Where(part => part is not null).Select(part => part!.GetValue<string>()));
    }

    private static JsonNode? OriginOf(AuditEvent e) => e.Origin.Length == 0 ? null : JsonNode.Parse(e.Origin);

    private static JsonObject ToJson(AuditEvent e) => new()
    {
        ["id"] = e.Id,
        ["time"] = e.Time,
        ["actor"] = e.Actor,
        ["action"] = e.Action,
        ["subject"] = e.Subject,
        ["origin"] = OriginOf(e),
        ["reason"] = e.Reason,
        ["detail"] = JsonNode.Parse(e.Detail),
        ["hash"] = e.Hash.Length == 0 ? null : e.Hash,
    };
}

internal sealed class AuditVerifyCommand : CliCommand
{
    private readonly Option<string?> _head = new("--head") { Description = "File of a head that was kept: the log must still contain it", HelpName = "FILE" };

    public AuditVerifyCommand(Terminal terminal)
        : base(terminal, "verify", "Prove that no event was altered, removed, put in or moved")
    {
        Options.Add(_head);
        Examples = ["audit verify", "audit verify --head /mnt/safe/head.txt --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var known = parse.GetValue(_head) is { } file ? AuditHead.Parse(await ReadAsync(file, cancellation)) : null;
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var verified = await new EventLog(workspace.Store).VerifyAsync(known, cancellation);
        if (verified.Fault is { } fault)
            throw new MetadataException(MetadataError.Damaged, $"The audit log is broken. {fault.Problem} The {verified.Events} before are whole. Compare with a backup of the store.");
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["events"] = verified.Events, ["hash"] = verified.Head.Hash, ["contains_head"] = known is null ? null : true });
        else
            Terminal.Error.WriteLine(FormattableString.Invariant($"{verified.Events} events, all whole{(known is null ? "" : $"; the head kept at event {known.Id} is among them")}"));
        return ExitCode.Ok;
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--head: {file} cannot be read: {exception.Message}");
        }
    }
}

internal sealed class AuditHeadCommand : CliCommand
{
    public AuditHeadCommand(Terminal terminal)
        : base(terminal, "head", "Print where the log ends, to be kept elsewhere") => Examples = ["audit head > /mnt/safe/head.txt"];

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var head = await new EventLog(workspace.Store).HeadAsync(cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["id"] = head.Id, ["hash"] = head.Hash, ["line"] = head.ToString() });
        else
            await Terminal.Out.WriteLineAsync(head.ToString());
        return ExitCode.Ok;
    }
}
