using System.CommandLine;
using Plumbline.Inference.Routing;
using Plumbline.Projects;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>
/// Serves one bundle, or a graph of ONNX that a client of MLflow registered. What starts a server in a blink stays off the tables, YAML and DuckDB: they are
/// touched only where a plumbline.yaml or such a graph asks for them.
/// </summary>
internal sealed class ServeCommand : CliCommand
{
    private readonly Option<string?> _bundle = new("--bundle") { Description = "Folder or digest of a bundle", HelpName = "B" };
    private readonly Option<string?> _model = new("--model") { Description = "name, whose traffic plan is followed, name@alias or name/3; else the project's, or the only one with a champion", HelpName = "REF" };
    private readonly Option<int?> _port = new("--port") { Description = "Port (8080); 0 takes a free one", HelpName = "N" };
    private readonly Option<int?> _grpcPort = new("--grpc-port") { Description = "Port for the Open Inference Protocol over gRPC (none); 0 takes a free one", HelpName = "N" };
    private readonly Option<string?> _address = new("--address") { Description = "Address (127.0.0.1); another one needs an API key", HelpName = "IP" };

    public ServeCommand(Terminal terminal)
        : base(terminal, "serve", "Answer predictions over HTTP until stopped")
    {
        Options.Add(_bundle);
        Options.Add(_model);
        Options.Add(_port);
        Options.Add(_grpcPort);
        Options.Add(_address);
        Examples = ["serve", "serve --model reviews@champion --port 9000", "serve --bundle .plumbline/bundles/3f0c… --port 0 --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var project = Project.Find(Environment.CurrentDirectory);
        var home = CommonOptions.HomeOf(parse);
        var (bundle, followed) = await FindAsync(parse, home, project, cancellation);
        var settings = project?.Server ?? new ServerSettings();
        settings = settings with { Port = parse.GetValue(_port) ?? settings.Port, GrpcPort = parse.GetValue(_grpcPort) ?? settings.GrpcPort, Address = parse.GetValue(_address) ?? settings.Address };
        var name = bundle.Version is { } version ? $"{version.Name}/{version.Version}" : bundle.Directory;
        var options = Serving.Options(bundle, settings, home, project?.FeatureStore, Terminal.Time, project?.Flags) with
        {
            Deployment = followed is null ? null : Deployment.Options(home, followed, settings, project?.Rollout, Terminal.Time),
            BatchJobs = BatchJobs.Options(home, settings, project, Terminal.Time),
            Pipelines = project is null ? null : ProjectCatalogue.Of(project, home),
            Retraining = followed is null ? null : Retraining.Options(project, followed, home, Terminal.Time),
            Alerts = Alerting.Options(home, settings, project, Terminal.Time),
        };
        await Serving.RunAsync(options, server => Serving.Announce(Terminal, server, name, parse.GetValue(CommonOptions.Json)), Terminal, cancellation);
        return ExitCode.Ok;
    }

    /// <returns>What is served first, and the model whose traffic plan is followed from then on.</returns>
    private async Task<(LocatedBundle Bundle, string? Followed)> FindAsync(ParseResult parse, Home home, Project? project, CancellationToken cancellation)
    {
        if (parse.GetValue(_bundle) is { } name)
        {
            return parse.GetValue(_model) is null
                ? (await BundleLocator.FindAsync(home, name, Terminal.Time), null)
                : throw CliException.Usage("--bundle and --model say the same thing; give one of them.");
        }
        var asked = parse.GetValue(_model) ?? (project is null ? null : $"{project.Model}@{Champion.Alias}");
        try
        {
            await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
            var reference = asked ?? await OnlyChampionAsync(workspace);
            if (FollowedBy(reference) is not { } model)
                return (await ServableModel.LocateAsync(workspace, workspace.Registry.Resolve(reference), cancellation), null);
            var planned = await new TrafficPlans(workspace.Store, Terminal.Time).ResolveAsync(model, cancellation);
            return (await ServableModel.LocateAsync(workspace, planned.Stable, cancellation), model);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.Unavailable && asked is not null && LastGood(home, FollowedBy(asked)) is { } last)
        {
            Terminal.Error.WriteLine($"{exception.Message} {last.Model}/{last.Version} was served here last, and is served until the store answers.");
            return (new LocatedBundle(last.Bundle, new ModelVersion(last.Model, last.Version, null, null, null, "", last.Since)), last.Model);
        }
    }

    /// <summary>The model whose plan a reference means: <c>name</c> or <c>name@champion</c>; null for one version or another alias, which is served alone.</summary>
    private static string? FollowedBy(string reference) =>
        reference.EndsWith($"@{Champion.Alias}", StringComparison.Ordinal) ? reference[..^(Champion.Alias.Length + 1)]
        : reference.AsSpan().ContainsAny('@', '/') ? null : reference;

    private static LastGoodVersion? LastGood(Home home, string? model) => model is null ? null : LastGoodVersion.TryRead(Deployment.LastGoodOf(home, model));

    private static async Task<string> OnlyChampionAsync(Workspace workspace)
    {
        var champions = (await workspace.Registry.ListModelsAsync()).Where(model => model.Aliases.ContainsKey(Champion.Alias)).ToArray();
        return champions switch
        {
            [var only] => $"{only.Name}@{Champion.Alias}",
            [] => throw new MetadataException(MetadataError.NotFound, $"No model in {workspace.Home.Root} has a {Champion.Alias}. Set one with plumbline promote, such as plumbline promote reviews/1, or name a bundle with --bundle."),
            _ => throw CliException.Usage($"{champions.Length} models have a {Champion.Alias}: {string.Join(", ", champions.Select(model => model.Name))}. Choose with --model, such as --model {champions[0].Name}@{Champion.Alias}."),
        };
    }
}
