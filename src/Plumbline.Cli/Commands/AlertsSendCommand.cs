using System.CommandLine;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Monitoring.Alerts;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class AlertsSendCommand : CliCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public AlertsSendCommand(Terminal terminal)
        : base(terminal, "send", $"Deliver what waits now, by the notifiers of the {Project.FileName} here, whenever the next try would be") => Examples = ["alerts send"];

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var project = Project.Find(Environment.CurrentDirectory);
        if (project?.Alerts is not { Notifiers.Count: > 0 } options)
            throw CliException.Usage($"Nobody is to be told: name somebody in alerts.notifiers of the {Project.FileName} here.");
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        using var delivery = new AlertDelivery(options, (ulong)Environment.ProcessId, Terminal.Time);
        var attempts = await delivery.SendAsync(workspace.Store, project.Model, evenIfEarly: true, Patience, cancellation);
        var waiting = (await new AlertOutbox(workspace.Store, Terminal.Time).WaitingAsync(project.Model, cancellation)).Count;
        if (attempts.FirstOrDefault(attempt => attempt.Fault is not null) is { } failed)
            throw new CliException(ExitCode.Network, $"{waiting} messages wait: {failed.Notifier}: {failed.Fault} They are kept, and sent by the next command or server that can.");
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["delivered"] = attempts.Count, ["waiting"] = waiting });
        else
            Terminal.Error.WriteLine($"{attempts.Count} messages delivered, {waiting} wait");
        return ExitCode.Ok;
    }
}

internal sealed class AlertsTestCommand : CliCommand
{
    private readonly Argument<string> _name = new("NOTIFIER") { Description = $"One of alerts.notifiers of the {Project.FileName} here" };

    public AlertsTestCommand(Terminal terminal)
        : base(terminal, "test", "Send a made-up message, to see whether it arrives")
    {
        Arguments.Add(_name);
        Examples = ["alerts test chat"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var (name, project) = (parse.GetRequiredValue(_name), Project.Find(Environment.CurrentDirectory));
        var options = project?.Alerts ?? new AlertOptions();
        if (!options.Notifiers.Any(notifier => notifier.Name == name))
            throw CliException.Usage($"There is no notifier {name}{(options.Notifiers.Count == 0 ? $"; name some in alerts.notifiers of the {Project.FileName} here." : $"; there are {string.Join(", ", options.Notifiers.Select(notifier => notifier.Name))}.")}");
        using var delivery = new AlertDelivery(options, (ulong)Environment.ProcessId, Terminal.Time);
        var attempt = (await delivery.SendNowAsync(Message(project!.Model, name, Terminal.Time.GetUtcNow()), cancellation))[0];
        if (attempt.Fault is not null)
            throw new CliException(ExitCode.Network, $"{name} did not take the message: {attempt.Fault}");
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["notifier"] = name, ["message"] = attempt.Message });
        else
            Terminal.Error.WriteLine($"{name} has taken the message; look whether it arrived where it should");
        return ExitCode.Ok;
    }

    private static AlertMessage Message(string model, string notifier, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now).ToString("N");
        var alert = new Alert(
            id, model, "PlumblineTest", id, AlertState.Raised, AlertSeverity.Info, new Dictionary<string, string>(), null, "This is a test, sent by plumbline alerts test. Nothing is wrong.", "Nothing is to be done.", now);
        return new AlertMessage(id, model, notifier, [new AlertNotice(0, AlertEvent.Raised, now, alert)], now, 0, now, null);
    }
}
