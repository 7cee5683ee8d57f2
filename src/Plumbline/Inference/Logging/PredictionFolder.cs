using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Where a prediction log keeps what: docs/specs/prediction-log.md. Names paths, makes none.</summary>
internal static class PredictionFolder
{
    public const string SegmentSuffix = ".segment";
    public const string ArchiveSuffix = ".parquet";
    public const string DamagedSuffix = ".damaged";
    public const string ShippedSuffix = ".shipped";

    private const string HourFormat = "yyyy-MM-dd'T'HH";
    private const string HourPrefix = "hour=";
    private const int GenerationBits = 10;
    private const long MillisecondsOfHour = 3_600_000;
    private const long LastOfCalendar = 253_402_214_400_000;

    public static string Segments(string folder) => Path.Combine(folder, "segments");

    public static string Archive(string folder) => Path.Combine(folder, "archive");

    public static string Lock(string folder, string process) => Path.Combine(folder, "processes", $"{process}.lock");

    /// <summary>What the files of a node's process are called by: the node of its generation 0.</summary>
    /// <param name="node">12 hex digits.</param>
    public static string ProcessOf(string node) =>
        (ulong.Parse(node, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> GenerationBits << GenerationBits).ToString("x12", CultureInfo.InvariantCulture);

    public static string ProcessOf(Guid prediction) => ProcessOf(ServedModelLog.NodeOf(prediction));

    /// <summary>Whose file of the log this is: its name up to the first dash.</summary>
    public static string ProcessOfFile(string name) => name.Split('-', 2)[0];

    /// <summary>The hour of an id, counted from 1970.</summary>
    public static long HourOf(long milliseconds) => Math.Min(milliseconds, LastOfCalendar) / MillisecondsOfHour;

    /// <summary>Folder of the archive for an hour.</summary>
    public static string HourName(long hour) => HourPrefix + DateTimeOffset.FromUnixTimeMilliseconds(hour * MillisecondsOfHour).UtcDateTime.ToString(HourFormat, CultureInfo.InvariantCulture);

    /// <summary>Hours that have a folder, the earliest first.</summary>
    public static IEnumerable<long> Hours(string folder)
    {
        if (!Directory.Exists(Archive(folder)))
            return [];
        return Directory.GetDirectories(Archive(folder), HourPrefix + "*").Select(path => TryHourOf(Path.GetFileName(path))).OfType<long>().Order();
    }

    /// <summary>The hour that a folder is of, counted from 1970; null for another folder.</summary>
    public static long? TryHourOf(string name) => name.StartsWith(HourPrefix, StringComparison.Ordinal)
        && DateTime.TryParseExact(name.AsSpan(HourPrefix.Length), HourFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var hour)
        ? (long)(hour - DateTime.UnixEpoch).TotalHours
        : null;

    /// <summary>Where files of other hosts are kept for a while that were fetched from the artifact store.</summary>
    public static string Fetched(string folder) => Path.Combine(folder, "fetched");

    /// <summary>The segment that a file is of, or that it became: its name up to the first dot.</summary>
    public static string StemOf(string name) => name.Split('.', 2)[0];

    /// <summary>Finished files of an hour, in the order in which they were begun.</summary>
    public static string[] Files(string folder, long hour, string process = "*")
    {
        var path = Path.Combine(Archive(folder), HourName(hour));
        return Directory.Exists(path) ? [.. Directory.GetFiles(path, $"{process}-*{ArchiveSuffix}").Where(file => Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)] : [];
    }

    public static string[] SegmentFiles(string folder, string process = "*") =>
        Directory.Exists(Segments(folder)) ? [.. Directory.GetFiles(Segments(folder), $"{process}-*{SegmentSuffix}").Order(StringComparer.Ordinal)] : [];

    /// <summary>Whether a process wrote here.</summary>
    public static bool Knows(string folder, string process) => File.Exists(Lock(folder, process));

    /// <summary>Says that a process wrote here lately.</summary>
    public static void Touch(string folder, string process, DateTimeOffset now) => File.SetLastWriteTimeUtc(Lock(folder, process), now.UtcDateTime);

    /// <summary>Forgets processes that ended before a time, and left nothing to be finished.</summary>
    public static void RemoveProcesses(string folder, DateTimeOffset cut)
    {
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "processes"), "*.lock").Where(file => File.GetLastWriteTimeUtc(file) < cut.UtcDateTime))
        {
            using var held = TryLock(folder, Path.GetFileNameWithoutExtension(file));
            if (held is not null && SegmentFiles(folder, Path.GetFileNameWithoutExtension(file)).Length == 0)
                File.Delete(file);
        }
    }

    /// <summary>Says that a process is alive until this is disposed; null where it is, already.</summary>
    public static FileStream? TryLock(string folder, string process)
    {
        var path = Lock(folder, process);
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
