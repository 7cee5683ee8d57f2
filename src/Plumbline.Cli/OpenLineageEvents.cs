using Plumbline.Pipelines.OpenLineage;
using Plumbline.Projects;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>Where commands tell of what they do: by the variables of OpenLineage's clients, else by the project.</summary>
internal static class OpenLineageEvents
{
    /// <param name="project">The one that the command names; else that of the working folder counts.</param>
    /// <returns>Null where nobody asked for events.</returns>
    /// <exception cref="CliException">A variable holds no address.</exception>
    public static OpenLineageOptions? OptionsOf(Project? project = null)
    {
        try
        {
            return OpenLineageOptions.Resolve(project is null ? Project.FindOpenLineage(Environment.CurrentDirectory) : project.OpenLineage, Environment.GetEnvironmentVariable);
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage($"{exception.Message}.");
        }
    }

    /// <inheritdoc cref="OptionsOf"/>
    public static OpenLineageEmitter? Open(Home home, TimeProvider time, Project? project = null) => OptionsOf(project) is { } options ? new OpenLineageEmitter(options, home, time) : null;
}
