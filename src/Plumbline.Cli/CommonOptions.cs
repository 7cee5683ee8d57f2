using System.CommandLine;
using Plumbline.Projects;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Cli;

/// <summary>Options of every command.</summary>
internal static class CommonOptions
{
    public static Option<string?> Home { get; } = new("--home")
    {
        Description = $"State folder; else ${Storage.Home.EnvironmentVariable}, else .plumbline here",
        HelpName = "DIR",
        Recursive = true,
    };

    public static Option<string?> Store { get; } = new("--store")
    {
        Description = $"Metadata store: postgres://user@host/database or file:PATH; else ${PostgresStoreOptions.EnvironmentVariable}",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    public static Option<string?> Artifacts { get; } = new("--artifacts")
    {
        Description = $"Artifact store: a folder, s3://bucket/prefix or file:PATH; else ${ArtifactStoreOptions.EnvironmentVariable}",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "One JSON value on standard output",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Stack traces of errors",
        Recursive = true,
    };

    /// <summary>The state folder that a command line means, and the stores.</summary>
    /// <param name="project">The project that it names; else the one of the working folder counts.</param>
    public static Home HomeOf(ParseResult parse, Project? project = null) => new(Storage.Home.Resolve(parse.GetValue(Home)).Root)
    {
        Store = StoreOf(parse, project),
        Artifacts = ArtifactsOf(parse, project),
    };

    private static PostgresStoreOptions? StoreOf(ParseResult parse, Project? project)
    {
        if (parse.GetValue(Store) is { } option)
            return PostgresStoreOptions.Parse(option, Store.Name);
        if (Environment.GetEnvironmentVariable(PostgresStoreOptions.EnvironmentVariable) is { Length: > 0 } variable)
            return PostgresStoreOptions.Parse(variable, PostgresStoreOptions.EnvironmentVariable);
        return project is null ? Project.FindStore(Environment.CurrentDirectory) : project.Store;
    }

    private static ArtifactStoreOptions? ArtifactsOf(ParseResult parse, Project? project)
    {
        if (parse.GetValue(Artifacts) is { } option)
            return ArtifactStoreOptions.Parse(option, Artifacts.Name, Environment.CurrentDirectory);
        if (Environment.GetEnvironmentVariable(ArtifactStoreOptions.EnvironmentVariable) is { Length: > 0 } variable)
            return ArtifactStoreOptions.Parse(variable, ArtifactStoreOptions.EnvironmentVariable, Environment.CurrentDirectory);
        return project is null ? Project.FindArtifacts(Environment.CurrentDirectory) : project.Artifacts;
    }
}
