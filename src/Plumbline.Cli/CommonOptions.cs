using System.CommandLine;

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
}
