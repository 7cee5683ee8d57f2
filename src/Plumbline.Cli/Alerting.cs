using Plumbline.Monitoring.Alerts;
using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Alerts of a project, and who is told of them.</summary>
internal static class Alerting
{
    /// <returns>Null where a server is to have none.</returns>
    public static AlertMonitorOptions? Options(Home home, ServerSettings settings, Project? project, TimeProvider time) =>
        settings.Alerts == false ? null : new AlertMonitorOptions { Open = () => Workspace.OpenStore(home, time), Alerts = project?.Alerts ?? new AlertOptions() };

    /// <summary>What the project of the working folder says.</summary>
    public static AlertOptions OfProject() => Project.Find(Environment.CurrentDirectory)?.Alerts ?? new AlertOptions();
}
