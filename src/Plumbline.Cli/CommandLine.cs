using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Plumbline.Bundles;
using Plumbline.Cli.Commands;
using Plumbline.Cli.Help;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Exchange;
using Plumbline.Features.Online;
using Plumbline.Projects;
using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Cli;

/// <summary>The whole command line, in process: what the tests call and <c>Program</c> runs.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellation = default)
    {
        AuditOrigin.Current = AuditOrigin.Of("cli");
        var parse = Create(terminal).Parse(args);
        if (parse.Errors.Count > 0)
            return (int)Report(terminal, parse, ExitCode.Usage, WhatIsWrong(parse), null);
        try
        {
            return await parse.InvokeAsync(
                new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellation);
        }
        catch (Exception exception)
        {
            return (int)Report(terminal, parse, CodeOf(exception, cancellation), MessageOf(exception, cancellation), exception);
        }
    }

    /// <summary>In the order of the table of contents.</summary>
    public static RootCommand Create(Terminal terminal)
    {
        var contents = new HelpContents(
        [
            new("Start", [new QuickstartCommand(terminal), new InitCommand(terminal), new UpCommand(terminal), new DemoCommand(terminal)]),
            new(
                "Data",
                [
                    new GenerateCommand(terminal), new IngestCommand(terminal), new ValidateCommand(terminal), new SnapshotCommand(terminal), new DataCommand(terminal),
                    new FeaturesCommand(terminal),
                ]),
            new(
                "Learning",
                [
                    new TrainCommand(terminal), new EvaluateCommand(terminal), new RunsCommand(terminal), new ExperimentsCommand(terminal), new StudiesCommand(terminal),
                    new ServerCommand(terminal), new MlflowCommand(terminal),
                ]),
            new(
                "Models",
                [
                    new ModelsCommand(terminal), new VersionsCommand(terminal), new PromoteCommand(terminal), new RollbackCommand(terminal), new AliasCommand(terminal),
                    new SignOffCommand(terminal), new GatesCommand(terminal), new CompareCommand(terminal), new ExportCommand(terminal),
                ]),
            new("Predictions", [new PredictCommand(terminal), new BatchJobsCommand(terminal), new ServeCommand(terminal), new PredictionsCommand(terminal), new TrafficCommand(terminal), new RolloutCommand(terminal), new FlagsCommand(terminal), new DriftCommand(terminal), new QualityCommand(terminal), new AlertsCommand(terminal)]),
            new("Pipelines", [new PipelinesCommand(terminal), new WorkerCommand(terminal), new RetrainCommand(terminal), new RetrainingCommand(terminal)]),
            new("Accounting", [new LineageCommand(terminal), new AuditCommand(terminal), new OpenLineageCommand(terminal)]),
            new("Upkeep", [new StoreCommand(terminal), new ArtifactsCommand(terminal)]),
            new("This program", [new TestCommand(terminal), new CompletionCommand(terminal), new VersionCommand(terminal)]),
        ]);
        var root = new RootCommand("From labelled text to a classifier in production, kept true there.");
        root.Options.Clear();
        root.Options.Add(new HelpOption("--help", "-h") { Description = "This page, or that of a command", Action = new HelpPage(contents), Recursive = true });
        root.Options.Add(CommonOptions.Home);
        root.Options.Add(CommonOptions.Store);
        root.Options.Add(CommonOptions.Artifacts);
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Verbose);
        foreach (var command in contents.Groups.SelectMany(group => group.Commands))
            root.Subcommands.Add(command);
        // Not the page as the action itself: it clears errors, and a mistyped command is one.
        root.SetAction(new HelpPage(contents).Invoke);
        return root;
    }

    private static ExitCode CodeOf(Exception exception, CancellationToken cancellation) => exception switch
    {
        CliException cli => cli.Code,
        OperationCanceledException when cancellation.IsCancellationRequested => ExitCode.Interrupted,
        ProjectException or OptionsValidationException => ExitCode.Usage,
        DatasetException => ExitCode.Data,
        BundleException => ExitCode.Bundle,
        MetadataException or TuningException or LeaseLostException => ExitCode.Metadata,
        FeatureStoreException => ExitCode.FeatureStore,
        ExchangeException => ExitCode.Network,
        _ => ExitCode.Unexpected,
    };

    private static string MessageOf(Exception exception, CancellationToken cancellation) => CodeOf(exception, cancellation) switch
    {
        ExitCode.Interrupted when exception is not CliException => "interrupted; nothing half done was left behind",
        ExitCode.Unexpected when exception is not (IOException or UnauthorizedAccessException) => $"{exception.GetType().Name}: {exception.Message} Run it again with --verbose for the details.",
        _ => exception.Message,
    };

    private static ExitCode Report(Terminal terminal, ParseResult parse, ExitCode code, string message, Exception? exception)
    {
        terminal.Error.WriteLine($"error: {message}");
        if (exception is not null && parse.GetValue(CommonOptions.Verbose))
            terminal.Error.WriteLine(exception);
        if (parse.Tokens.Any(token => token.Value == CommonOptions.Json.Name))
            JsonOutput.Write(terminal, new JsonObject { ["error"] = new JsonObject { ["code"] = JsonOutput.NameOf(code), ["message"] = message } });
        return code;
    }

    private static string WhatIsWrong(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var known = command.Subcommands.Select(inner => inner.Name).Concat(command.Options.Select(option => option.Name));
        var meant = parse.UnmatchedTokens.Select(token => NearestName.Among(known, token)).FirstOrDefault(name => name is not null);
        var errors = string.Join(" ", parse.Errors.Select(error => error.Message).Distinct());
        return $"{errors}{(meant is null ? "" : $" Did you mean {meant}?")} See {ProgramName(parse)} --help.";
    }

    private static string ProgramName(ParseResult parse) =>
        parse.CommandResult.Command is RootCommand ? "plumbline" : $"plumbline {HelpPage.PathOf(parse.CommandResult.Command)}";
}
