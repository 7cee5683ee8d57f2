using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Learning;
using Spectre.Console;

namespace Plumbline.Cli.Output;

/// <summary>Says how far a long work is: bars on a terminal, a line a step elsewhere.</summary>
internal sealed class ProgressView : IProgress<IngestProgress>, IProgress<TrainingProgress>
{
    private readonly Terminal _terminal;
    private readonly ProgressContext? _bars;
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly Lock _gate = new();

    private ProgressView(Terminal terminal, ProgressContext? bars)
    {
        _terminal = terminal;
        _bars = bars;
    }

    public static async Task<T> RunAsync<T>(Terminal terminal, Func<ProgressView, Task<T>> work)
    {
        if (!terminal.IsInteractive)
            return await work(new ProgressView(terminal, null));
        return await Tables.ConsoleOf(terminal).Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
            // The display has a thread of its own; the work must not wait for it.
            .StartAsync(bars => Task.Run(() => work(new ProgressView(terminal, bars))));
    }

    public void Report(IngestProgress value)
    {
        var share = value.Total == 0 ? 0 : (double)value.Done / value.Total;
        var text = string.Create(CultureInfo.InvariantCulture, $"{value.Rows:n0} rows");
        if (_bars is not null || (value.Done == value.Total && value.Total > 0))
            Show(value.Stage, share, text);
    }

    public void Report(TrainingProgress value) => Show(value.Stage, value.Total == 0 ? 0 : (double)value.Done / value.Total, value.Message);

    public void Show(string stage, double share, string message)
    {
        lock (_gate)
        {
            if (_bars is null)
            {
                _terminal.Error.WriteLine($"{stage,-9} {message}");
                return;
            }
            if (!_tasks.TryGetValue(stage, out var task))
                _tasks[stage] = task = _bars.AddTask(stage, maxValue: 1);
            task.Description = Markup.Escape($"{stage,-9} {message}");
            task.Value = share;
        }
    }
}
