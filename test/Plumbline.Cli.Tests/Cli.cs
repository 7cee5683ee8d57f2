using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Plumbline.Cli.Tests;

/// <summary>Runs the command line in process with captured streams, or as the process that users start.</summary>
internal static class Cli
{
    /// <summary>
    /// Ends the program, by the id that the shell gives to what it becomes, when its input ends: that is when the tests are gone, however they ended. And lets
    /// Ctrl-C reach it also where the tests run with it ignored, as in the background of a script.
    /// </summary>
    private const string Guard = """
        exec 3<&0
        sh -c 'cat <&3; read -r _ _ _ parent _ </proc/$$/stat; [ "$parent" = "$1" ] && kill -KILL "$1"' sh $$ >/dev/null 2>&1 &
        exec env --default-signal=INT "$@" </dev/null 3<&-
        """;

    private static string Dll => Path.Combine(AppContext.BaseDirectory, "Plumbline.Cli.dll");

    public static Task<Answer> RunAsync(params string[] args) => RunAsync("", args);

    public static async Task<Answer> RunAsync(string input, string[] args)
    {
        var (output, error, bytes) = (new StringWriter(), new StringWriter(), new MemoryStream());
        var terminal = new Terminal { Out = output, Error = error, OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)), OpenOutput = () => bytes };
        var code = await CommandLine.RunAsync(args, terminal, TestContext.Current.CancellationToken);
        return new Answer(code, output + Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
    }

    /// <summary>As a process, in a working folder.</summary>
    public static Process Start(string folder, params string[] args) => Start(folder, [], args);

    /// <param name="variables">Beside those that the tests have.</param>
    public static Process Start(string folder, (string Name, string Value)[] variables, params string[] args)
    {
        var start = OperatingSystem.IsLinux() ? new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", "dotnet", Dll, .. args]) : new ProcessStartInfo("dotnet", [Dll, .. args]);
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Remove("PLUMBLINE_HOME");
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Task<Answer> RunProcessAsync(string folder, params string[] args) => RunProcessAsync(folder, [], args);

    /// <inheritdoc cref="Start(string, ValueTuple{string, string}[], string[])"/>
    public static async Task<Answer> RunProcessAsync(string folder, (string Name, string Value)[] variables, params string[] args)
    {
        using var process = Start(folder, variables, args);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Answer(process.ExitCode, await output, await error);
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}

internal sealed record Answer(int Code, string Out, string Error)
{
    /// <summary>The one JSON value on standard output; throws if there is less or more.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public Answer ShouldSucceed()
    {
        Code.ShouldBe(0, Error);
        return this;
    }

    public void ShouldFail(int code, string kind, string message)
    {
        Code.ShouldBe(code, Error);
        Error.Split('\n').Single(line => line.StartsWith("error: ", StringComparison.Ordinal)).ShouldContain(message);
        Error.ShouldNotContain("   at ");
        var error = Json.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe(kind);
        error.GetProperty("message").GetString()!.ShouldContain(message);
    }
}
