using System.CommandLine;
using Plumbline.Cli.Output;
using Plumbline.Projects;
using Plumbline.Registry;

namespace Plumbline.Cli.Commands;

/// <summary>Brings up what the project says: its champion, trained first if there is none.</summary>
internal sealed class UpCommand : CliCommand
{
    private readonly Argument<string?> _file = new("FILE") { Description = $"The project; else the {Project.FileName} here", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _port = new("--port") { Description = "Port, instead of the project's", HelpName = "N" };

    public UpCommand(Terminal terminal)
        : base(terminal, "up", $"Serve the champion of a {Project.FileName}, trained first if there is none")
    {
        Arguments.Add(_file);
        Options.Add(_port);
        Examples = ["up", "up reviews/plumbline.yaml --port 9000"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var project = parse.GetValue(_file) is { } file ? Project.Load(file)
            : Project.Find(Environment.CurrentDirectory) ?? throw CliException.Usage($"There is no {Project.FileName} here. Write one with plumbline init FILE.");
        var home = CommonOptions.HomeOf(parse, project);
        ModelVersion version;
        LocatedBundle bundle;
        await using (var workspace = Workspace.Open(home, Terminal.Time))
        {
            version = await FindChampionAsync(workspace, project, cancellation) ?? await TrainAsync(workspace, project, cancellation);
            bundle = await ServableModel.LocateAsync(workspace, version, cancellation);
        }
        var options = Serving.Options(bundle, project.Server with { Port = parse.GetValue(_port) ?? project.Server.Port }, home, project.FeatureStore, Terminal.Time, project.Flags) with
        {
            Deployment = Deployment.Options(home, version.Name, project.Server, project.Rollout, Terminal.Time),
            BatchJobs = BatchJobs.Options(home, project.Server, project, Terminal.Time),
            Pipelines = ProjectCatalogue.Of(project, home),
            Retraining = Retraining.Options(project, version.Name, home, Terminal.Time),
            Alerts = Alerting.Options(home, project.Server, project, Terminal.Time),
        };
        await Serving.RunAsync(options, server => Serving.Announce(Terminal, server, $"{version.Name}/{version.Version}", parse.GetValue(CommonOptions.Json)), Terminal, cancellation);
        return ExitCode.Ok;
    }

    private static async Task<ModelVersion?> FindChampionAsync(Workspace workspace, Project project, CancellationToken cancellation)
    {
        var model = (await workspace.Registry.ListModelsAsync(cancellation)).FirstOrDefault(model => model.Name == project.Model);
        return model is not null && model.Aliases.ContainsKey(Champion.Alias) ? workspace.Registry.Resolve($"{model.Name}@{Champion.Alias}") : null;
    }

    private async Task<ModelVersion> TrainAsync(Workspace workspace, Project project, CancellationToken cancellation)
    {
        Terminal.Error.WriteLine($"{project.Model} has no {Champion.Alias} yet; training one.");
        var data = project.Data ?? throw new ProjectException($"{project.File} names no data to train on; add a section data with path.");
        var (snapshot, result) = await TrainCommand.TrainAsync(
            Terminal, workspace, data, project.Training, project.Name, Terminal.Time.GetTimestamp(), cancellation, project);
        if (result.Contest is { } contest)
        {
            ContestTable.Write(Terminal, contest);
            // Ctrl-C ended the contest, not what follows from it.
            cancellation = CancellationToken.None;
        }
        Reports.Write(Terminal, result.Test);
        var version = await Champion.RegisterAsync(workspace, project.Model, result, snapshot, cancellation);
        await workspace.Registry.SetAliasAsync(project.Model, Champion.Alias, version.Version, Champion.Actor, "up: the first version", cancellation);
        return version;
    }
}
