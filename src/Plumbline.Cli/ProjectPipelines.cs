using System.CommandLine;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Schedules;
using Plumbline.Pipelines.Workers;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>The pipelines of the project that a command names, or of the one in the working folder, with the state folder that they work in.</summary>
internal sealed class ProjectPipelines : IAsyncDisposable
{
    private readonly OpenLineageEmitter? _events;

    private ProjectPipelines(Project project, Home home, TimeProvider time)
    {
        (Project, Home) = (project, home);
        _events = OpenLineageEvents.Open(home, time, project);
        Catalogue = ProjectCatalogue.Of(project, home, _events);
    }

    public Project Project { get; }

    public Home Home { get; }

    public PipelineCatalogue Catalogue { get; }

    public static Option<string?> Option() => new("--project") { Description = $"{Projects.Project.FileName} whose pipelines they are; else the one here", HelpName = "FILE" };

    /// <param name="file">Of the project; null: that of the working folder.</param>
    /// <exception cref="CliException">There is no project.</exception>
    public static ProjectPipelines Open(ParseResult parse, string? file, TimeProvider time)
    {
        var project = file is not null ? Projects.Project.Load(file) : Projects.Project.Find(Environment.CurrentDirectory);
        return project is null
            ? throw CliException.Usage($"Pipelines are those of a project: go where its {Projects.Project.FileName} is, name it with --project, or write one with plumbline init FILE.")
            : new ProjectPipelines(project, CommonOptions.HomeOf(parse, project), time);
    }

    public ScheduleStore Schedules(Workspace workspace, TimeProvider time) => new(workspace.Store, Catalogue.Project, time);

    public RunPruner Pruner(Workspace workspace, RunRetention retention) => new(workspace.Pipelines, Catalogue.Project, retention, Home);

    public ValueTask DisposeAsync() => _events?.DisposeAsync() ?? ValueTask.CompletedTask;
}
