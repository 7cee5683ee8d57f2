using System.Diagnostics;

namespace Plumbline.Cli.Tests.Mlflow;

/// <summary>A Python that has MLflow: the one that PLUMBLINE_TEST_MLFLOW names, else one on the path.</summary>
internal static class MlflowPython
{
    private const string Variable = "PLUMBLINE_TEST_MLFLOW";

    private static readonly Lazy<string?> Found = new(() => new[] { Environment.GetEnvironmentVariable(Variable), "python3", "python" }.FirstOrDefault(HasMlflow));

    /// <summary>Skips the test where there is none.</summary>
    public static string Path
    {
        get
        {
            Assert.SkipWhen(Found.Value is null, $"There is no Python with MLflow on this machine; name one in {Variable}.");
            return Found.Value;
        }
    }

    private static bool HasMlflow(string? python)
    {
        if (string.IsNullOrEmpty(python))
            return false;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import mlflow, onnx, onnxruntime"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
