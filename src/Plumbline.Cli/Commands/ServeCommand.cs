using System.CommandLine;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

/// <summary>
/// Serves one bundle, or a graph of ONNX that a client of MLflow registered. What starts a server in a blink stays off the tables, YAML and DuckDB: they are
/// touched only where a plumbline.yaml or such a graph asks for them.
/// </summary>
internal sealed class ServeCommand : CliCommand
{
    private readonly Option<string?> _bundle = new("--bundle") { Description = "Folder or digest of a bundle", HelpName = "B" };
    private readonly Option<string?> _model = new("--model") { Description = "name@alias or name/3; else the project's champion, or the only one", HelpName = "REF" };
    private readonly Option<int?> _port = new("--port") { Description = "Port (8080); 0 takes a free one", HelpName = "N" };
    private readonly Option<string?> _address = new("--address") { Description = "Address (127.0.0.1); another one needs an API key", HelpName = "IP" };

    public ServeCommand(Terminal terminal)
        : base(terminal, "serve", "Answer predictions over HTTP until stopped")
    {
        Options.Add(_bundle);
        Options.Add(_model);
        Options.Add(_port);
        Options.Add(_address);
        Examples = ["serve", "serve --model reviews@champion --port 9000", "serve --bundle .plumbline/bundles/3f0c… --port 0 --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var project = Project.Find(Environment.CurrentDirectory);
        var home = CommonOptions.HomeOf(parse);
        var bundle = await FindAsync(parse, home, project, cancellation);
        var settings = project?.Server ?? new ServerSettings();
        settings = settings with { Port = parse.GetValue(_port) ?? settings.Port, Address = parse.GetValue(_address) ?? settings.Address };
        var name = bundle.Version is { } version ? $"{version.Name}/{version.Version}" : bundle.Directory;
        await Serving.RunAsync(Serving.Options(bundle, settings, home, project?.FeatureStore), server => Serving.Announce(Terminal, server, name, parse.GetValue(CommonOptions.Json)), Terminal, cancellation);
        return ExitCode.Ok;
    }

    private async Task<LocatedBundle> FindAsync(ParseResult parse, Home home, Project? project, CancellationToken cancellation)
    {
        if (parse.GetValue(_bundle) is { } name)
        {
            return parse.GetValue(_model) is null
                ? await BundleLocator.FindAsync(home, name, Terminal.Time)
                : throw CliException.Usage("--bundle and --model say the same thing; give one of them.");
        }
        await using var workspace = Workspace.OpenExisting(home, Terminal.Time);
        var reference = parse.GetValue(_model) ?? (project is null ? await OnlyChampionAsync(workspace) : $"{project.Model}@{Champion.Alias}");
        return await ServableModel.LocateAsync(workspace, workspace.Registry.Resolve(reference), cancellation);
    }

    private static async Task<string> OnlyChampionAsync(Workspace workspace)
    {
        var champions = (await workspace.Registry.ListModelsAsync()).Where(model => model.Aliases.ContainsKey(Champion.Alias)).ToArray();
        return champions switch
        {
            [var only] => $"{only.Name}@{Champion.Alias}",
            [] => throw new MetadataException(MetadataError.NotFound, $"No model in {workspace.Home.Root} has a {Champion.Alias}. Set one with plumbline models alias, or name a bundle with --bundle."),
            _ => throw CliException.Usage($"{champions.Length} models have a {Champion.Alias}: {string.Join(", ", champions.Select(model => model.Name))}. Choose with --model, such as --model {champions[0].Name}@{Champion.Alias}."),
        };
    }
}
