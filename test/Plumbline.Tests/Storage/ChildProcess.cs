using System.Diagnostics;

namespace Plumbline.Tests.Storage;

/// <summary>Runs one explicit test of this assembly in a process of its own.</summary>
internal static class ChildProcess
{
    public const string Folder = "PLUMBLINE_TEST_FOLDER";

    public static Process Start(Type type, string method, string folder)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Plumbline.Tests.exe" : "Plumbline.Tests"))
        {
            ArgumentList = { "-explicit", "only", "-method", $"{type.FullName}.{method}" },
            RedirectStandardOutput = true,
            Environment = { [Folder] = folder },
        };
        return Process.Start(start)!;
    }
}
