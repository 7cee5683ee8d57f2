using Plumbline.Projects;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Retraining of a project's model in a state folder's store.</summary>
internal static class Retraining
{
    /// <returns>Null where the project does not say how, or the server serves another model. Then workers look after what people ask for.</returns>
    public static RetrainingOptions? Options(Project? project, string model, Home home, TimeProvider time) => project?.Retraining is null || project.Model != model ? null : new RetrainingOptions
    {
        Open = () => Workspace.OpenStore(home, time),
        Plan = ProjectCatalogue.RetrainingOf(project, home, ProjectCatalogue.Of(project, home)),
    };
}
