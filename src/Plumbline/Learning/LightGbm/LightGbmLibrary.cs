using System.Runtime.InteropServices;

namespace Plumbline.Learning.LightGbm;

/// <summary>
/// The functions of LightGBM's native library (Ke et al. 2017) that a fit needs; scoring does without. Each returns 0, or −1 and a message for
/// <see cref="LastError"/> on the same thread.
/// </summary>
internal static unsafe partial class LightGbmLibrary
{
    private const string Name = "lib_lightgbm";

    private static readonly Lazy<string?> Loading = new(() => Problem(Name));

    /// <summary>Why the library cannot be used on this machine and how to mend that; null where it can.</summary>
    public static string? Unavailable => Loading.Value;

    /// <summary>Loads a library; the reason in words where it does not load.</summary>
    public static string? Problem(string library)
    {
        // Idle threads of OpenMP would otherwise spin and take the cores from other fits. The library reads this once, when it is loaded, from the
        // environment of the process, which .NET's own variables do not reach.
        if (!OperatingSystem.IsWindows())
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
        try
        {
            NativeLibrary.Load(library, typeof(LightGbmLibrary).Assembly, searchPath: null);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            return Explain(error.Message, RuntimeInformation.RuntimeIdentifier, RuntimeInformation.ProcessArchitecture);
        }
    }

    /// <param name="message">What the system's loader said.</param>
    public static string Explain(string message, string platform, Architecture architecture)
    {
        if (message.Contains("libgomp", StringComparison.Ordinal))
            return "LightGBM's library needs libgomp.so.1, which is missing; install it (Debian, Ubuntu: apt-get install libgomp1; Fedora: dnf install libgomp; Alpine has no suitable one).";
        return architecture == Architecture.X64
            ? $"LightGBM's library {Reason(message)} Publish Plumbline for {platform} again so that lib_lightgbm lies beside it."
            : $"LightGBM's package has no library for {platform}, only for x64; train on an x64 machine, or leave its families out. Serving its models needs no library.";
    }

    /// <summary>Of what the loader says of every place where it looked, what it says of a file that is there.</summary>
    private static string Reason(string message)
    {
        var lines = message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = lines.Length > 1 ? lines.Skip(1).FirstOrDefault(line => !line.EndsWith("No such file or directory", StringComparison.Ordinal)) : message.Trim();
        return reason is null ? "is not there." : $"cannot be loaded: {reason.TrimEnd('.')}.";
    }

    /// <exception cref="LightGbmException">The call failed; the message says which, and LightGBM's reason.</exception>
    public static void Check(int result, string call)
    {
        if (result != 0)
            throw new LightGbmException($"LightGBM failed to {call}: {Marshal.PtrToStringUTF8(LastError())}");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport(Name, EntryPoint = "LGBM_GetLastError")]
    private static partial nint LastError();

    [LibraryImport(Name, EntryPoint = "LGBM_DatasetCreateFromSampledColumn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetCreate(
        double** values, int** rows, int columns, int* counts, int sampledRows, int rowsHere, long rowsInAll, string parameters, out LightGbmDataset dataset);

    [LibraryImport(Name, EntryPoint = "LGBM_DatasetPushRowsByCSR")]
    public static partial int DatasetPush(
        LightGbmDataset dataset, int* starts, int startsType, int* indices, float* values, int valuesType, long startsCount, long valuesCount, long columns, long firstRow);

    [LibraryImport(Name, EntryPoint = "LGBM_DatasetSetField", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatasetSetField(LightGbmDataset dataset, string field, float* values, int count, int type);

    [LibraryImport(Name, EntryPoint = "LGBM_DatasetFree")]
    public static partial int DatasetFree(nint dataset);

    [LibraryImport(Name, EntryPoint = "LGBM_BoosterCreate", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int BoosterCreate(LightGbmDataset train, string parameters, out LightGbmBooster booster);

    [LibraryImport(Name, EntryPoint = "LGBM_BoosterUpdateOneIterCustom")]
    public static partial int BoosterUpdate(LightGbmBooster booster, float* gradients, float* hessians, out int isFinished);

    [LibraryImport(Name, EntryPoint = "LGBM_BoosterGetPredict")]
    public static partial int BoosterTrainScores(LightGbmBooster booster, int data, out long length, double* scores);

    [LibraryImport(Name, EntryPoint = "LGBM_BoosterSaveModelToString")]
    public static partial int BoosterSave(LightGbmBooster booster, int firstRound, int rounds, int importance, long capacity, out long length, byte* text);

    [LibraryImport(Name, EntryPoint = "LGBM_BoosterFree")]
    public static partial int BoosterFree(nint booster);
}
