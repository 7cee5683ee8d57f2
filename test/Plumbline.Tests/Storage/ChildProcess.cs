using System.Diagnostics;

namespace Plumbline.Tests.Storage;

/// <summary>Runs one explicit test of this assembly in a process of its own.</summary>
internal static class ChildProcess
{
    public const string Folder = "PLUMBLINE_TEST_FOLDER";
    public const string Argument = "PLUMBLINE_TEST_ARGUMENT";

    public static Process Start(Type type, string method, string folder, string argument = "")
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Plumbline.Tests.exe" : "Plumbline.Tests"))
        {
            ArgumentList = { "-explicit", "only", "-method", $"{type.FullName}.{method}" },
            RedirectStandardOutput = true,
            Environment = { [Folder] = folder, [Argument] = argument },
        };
        return Process.Start(start)!;
    }
}
