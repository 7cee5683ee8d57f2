using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Retraining of a project's model in a state folder's store.</summary>
internal static class Retraining
{
    /// <returns>Null where the server does not serve the project's model: then it is not the project's to retrain.</returns>
    public static RetrainingOptions? Options(Project? project, string model, Home home, TimeProvider time) => project is null || project.Model != model ? null : new RetrainingOptions
    {
        Open = () => Workspace.OpenStore(home, time),
        Plan = ProjectCatalogue.RetrainingOf(project, home, ProjectCatalogue.Of(project, home)),
    };
}
