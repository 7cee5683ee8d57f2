using System.Globalization;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;

namespace Plumbline.Cli;

/// <summary>Tells of attempts as they begin and end, a line each.</summary>
/// <param name="other">Told of all, too.</param>
internal sealed class WorkerLines(Terminal terminal, IProgress<TaskProgress>? other) : IProgress<TaskProgress>
{
    private readonly Lock _gate = new();

    public void Report(TaskProgress value)
    {
        other?.Report(value);
        if (value.State == AttemptState.Running && value.Message.Length > 0)
            return;
        var text = value.State == AttemptState.Running
            ? "begun"
            : string.Create(CultureInfo.InvariantCulture, $"{Names.Of(value.State)} after {value.Elapsed.TotalSeconds:0.0} s{(value.Message.Length > 0 ? $": {value.Message}" : "")}");
        lock (_gate)
            terminal.Error.WriteLine($"{value.Run[^8..]} {value.Task} {text}");
    }
}
