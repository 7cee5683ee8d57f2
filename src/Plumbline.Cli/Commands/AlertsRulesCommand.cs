using System.CommandLine;
using Plumbline.Monitoring.Alerts;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class AlertsRulesCommand : CliCommand
{
    public AlertsRulesCommand(Terminal terminal)
        : base(terminal, "rules", $"The rules, those of the {Project.FileName} here among them, as a file for Prometheus") => Examples = ["alerts rules > plumbline.rules.yml"];

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        if (parse.GetValue(CommonOptions.Json))
            throw CliException.Usage("The rules are YAML; leave out --json.");
        Terminal.Out.Write(PrometheusRules.Write(Alerting.OfProject()));
        return Task.FromResult(ExitCode.Ok);
    }
}

internal sealed class AlertsConfigCommand : CliCommand
{
    private const string Alertmanager = "alertmanager";

    private readonly Argument<string> _of = new("OF") { Description = Alertmanager };

    public AlertsConfigCommand(Terminal terminal)
        : base(terminal, "config", "A configuration to begin with: who is told, and what silences what")
    {
        _of.AcceptOnlyFromAmong(Alertmanager);
        Arguments.Add(_of);
        Examples = ["alerts config alertmanager > alertmanager.yml"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        using var reader = new StreamReader(typeof(AlertsConfigCommand).Assembly.GetManifestResourceStream("alertmanager.yml")!);
        Terminal.Out.Write(reader.ReadToEnd());
        return Task.FromResult(ExitCode.Ok);
    }
}
