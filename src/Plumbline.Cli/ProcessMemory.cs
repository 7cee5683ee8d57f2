using System.Diagnostics;
using System.Globalization;

namespace Plumbline.Cli;

internal static class ProcessMemory
{
    private const double Mebibyte = 1 << 20;

    /// <summary>The most that this process held resident. Linux keeps it as VmHWM (proc(5)); .NET does not read that there.</summary>
    public static double PeakMebibytes()
    {
        const string Key = "VmHWM:";
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / Mebibyte;
        }
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line.AsSpan(Key.Length).Trim(" \tkB"), CultureInfo.InvariantCulture) / 1024;
    }
}
