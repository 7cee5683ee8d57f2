using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Monitoring.Alerts;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class AlertsCommand : CliCommand
{
    public AlertsCommand(Terminal terminal)
        : base(terminal, "alerts", "What must be known, who looks after it, and whether it was told")
    {
        Subcommands.Add(new AlertsListCommand(terminal));
        Subcommands.Add(new AlertsShowCommand(terminal));
        Subcommands.Add(new AlertsAckCommand(terminal));
        Subcommands.Add(new AlertsSendCommand(terminal));
        Subcommands.Add(new AlertsTestCommand(terminal));
        Subcommands.Add(new AlertsRulesCommand(terminal));
        Subcommands.Add(new AlertsConfigCommand(terminal));
        Examples = ["alerts", "alerts ack 0199c1de6b7a70008000… --reason \"looking into it\"", "alerts rules > plumbline.rules.yml"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => AlertsListCommand.ListAsync(Terminal, parse, ended: 0, cancellation);

    public static void Report(Terminal terminal, ParseResult parse, Alert alert)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, JsonNode.Parse(alert.ToJson())!);
            return;
        }
        terminal.Error.WriteLine($"{alert.Id}: {alert.Rule} of {alert.Model}, {StateOf(alert)}, {Names.Of(alert.Severity)}");
        terminal.Error.WriteLine($"    {alert.Why}");
        terminal.Error.WriteLine($"    {string.Join(", ", alert.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}").Append(TimesOf(alert)))}");
        if (alert.Runbook is not null)
            terminal.Error.WriteLine($"    {alert.Runbook}");
    }

    public static string StateOf(Alert alert) => alert.State == AlertState.Firing && alert.AcknowledgedBy is { } who ? $"firing, acknowledged by {who}" : Names.Of(alert.State);

    public static string Day(DateTimeOffset time) => ModelsCommand.Day(time.ToUnixTimeMilliseconds());

    private static string TimesOf(Alert alert) => $"since {Day(alert.Started)}{(alert.Resolved is { } end ? $" until {Day(end)}" : "")}";
}

internal sealed class AlertsListCommand : CliCommand
{
    private readonly Option<int> _ended = new("--ended") { Description = "How many that have ended, or were events, the newest first (20)", HelpName = "N", DefaultValueFactory = _ => 20 };

    public AlertsListCommand(Terminal terminal)
        : base(terminal, "list", "Alerts that are pending or firing, the last that ended, and messages that wait to be delivered")
    {
        Options.Add(_ended);
        Examples = ["alerts list", "alerts list --ended 100 --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => ListAsync(Terminal, parse, Math.Max(0, parse.GetValue(_ended)), cancellation);

    public static async Task<ExitCode> ListAsync(Terminal terminal, ParseResult parse, int ended, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), terminal.Time);
        var alerts = await new AlertStore(workspace.Store, terminal.Time).ListAsync(null, ended, cancellation);
        var waiting = await new AlertOutbox(workspace.Store, terminal.Time).WaitingAsync(null, cancellation);
        if (parse.GetValue(CommonOptions.Json))
        {
            JsonOutput.Write(terminal, new JsonObject
            {
                ["alerts"] = new JsonArray([.. alerts.Select(alert => JsonNode.Parse(alert.ToJson()))]),
                ["undelivered"] = new JsonArray([.. waiting.Select(message => (JsonNode)message.ToJson())]),
            });
            return ExitCode.Ok;
        }
        Tables.Write(terminal, ["Alert", "State", "Severity", "Model", "Rule", "Since", "Why"], alerts.Select(alert => new[]
        {
            alert.Id, AlertsCommand.StateOf(alert), Names.Of(alert.Severity), alert.Model, alert.Rule, AlertsCommand.Day(alert.Started), alert.Why,
        }));
        if (waiting.Count > 0)
        {
            Tables.Write(terminal, ["Undelivered", "Notifier", "Of", "Since", "Tries>", "Next", "Last try"], waiting.Select(message => new[]
            {
                message.Id, message.Notifier, $"{message.Notices[0].Alert.Rule}, {Names.Of(message.Notices[0].Event)}", AlertsCommand.Day(message.Created), message.Attempts.ToString(CultureInfo.InvariantCulture),
                AlertsCommand.Day(message.NextAttempt), message.Fault ?? "not tried yet",
            }));
        }
        return ExitCode.Ok;
    }
}

internal sealed class AlertsShowCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Alert, or its first digits" };

    public AlertsShowCommand(Terminal terminal)
        : base(terminal, "show", "One alert: why, since when, and what to do")
    {
        Arguments.Add(_id);
        Examples = ["alerts show 0199c1de6b7a70008000…"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        AlertsCommand.Report(Terminal, parse, await new AlertStore(workspace.Store, Terminal.Time).GetAsync(await StoredIds.Alerts.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), cancellation));
        return ExitCode.Ok;
    }
}

internal sealed class AlertsAckCommand : CliCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "Alert that fires, or its first digits" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };

    public AlertsAckCommand(Terminal terminal)
        : base(terminal, "ack", "Say that you look after an alert: nobody is reminded of it any more")
    {
        Arguments.Add(_id);
        Options.Add(_reason);
        Examples = ["alerts ack 0199c1de6b7a70008000… --reason \"looking into it\""];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        AlertsCommand.Report(Terminal, parse, await new AlertStore(workspace.Store, Terminal.Time).AcknowledgeAsync(await StoredIds.Alerts.CompleteAsync(workspace.Store, parse.GetRequiredValue(_id), cancellation), Champion.Actor, parse.GetValue(_reason) ?? "", cancellation));
        return ExitCode.Ok;
    }
}
