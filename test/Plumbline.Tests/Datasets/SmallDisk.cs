using System.Diagnostics;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Datasets;

/// <summary>A file system of its own in memory, which needs root on Linux; tests that cannot have one are skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.File("disk");

    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    public static SmallDisk Mount(int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system is mounted by root on Linux only");
        var disk = new SmallDisk();
        Directory.CreateDirectory(disk.Path);
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "plumbline", disk.Path) is { } failure)
        {
            disk._folder.Dispose();
            Assert.Skip($"a small file system cannot be mounted here: {failure}");
        }
        return disk;
    }

    public void Grow(int megabytes) => Run("mount", "-o", $"remount,size={megabytes}m", Path).ShouldBeNull();

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path).ShouldBeNull();

    public void Dispose()
    {
        Run("umount", Path).ShouldBeNull();
        _folder.Dispose();
    }

    /// <summary>What went wrong; null if nothing did.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
