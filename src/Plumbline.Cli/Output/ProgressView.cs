using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Inference.Batch;
using Plumbline.Learning;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Spectre.Console;

namespace Plumbline.Cli.Output;

/// <summary>Says how far a long work is: bars on a terminal; elsewhere a line a step, and every ten seconds in a long one.</summary>
internal sealed class ProgressView : IProgress<IngestProgress>, IProgress<TrainingProgress>, IProgress<BatchProgress>, IProgress<TaskProgress>
{
    private const int BarWidth = 10;

    /// <summary>What else stands in a line: spinner, elapsed time, and what is between columns.</summary>
    private const int OtherWidth = 17;

    private const int MostTasks = 24;

    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Terminal _terminal;
    private readonly ProgressContext? _bars;
    private readonly int _width;
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly HashSet<string> _seen = [];
    private readonly Lock _gate = new();
    private (string Stage, string Message)? _untold;
    private readonly long _beganAt;
    private long _toldAt;
    private BatchProgress? _began;

    private ProgressView(Terminal terminal, ProgressContext? bars, int width = 0)
    {
        _terminal = terminal;
        _bars = bars;
        _width = Math.Max(OtherWidth, width - BarWidth - OtherWidth);
        _toldAt = _beganAt = terminal.Time.GetTimestamp();
    }

    public static async Task<T> RunAsync<T>(Terminal terminal, Func<ProgressView, Task<T>> work)
    {
        if (!terminal.IsInteractive)
        {
            var lines = new ProgressView(terminal, null);
            var result = await work(lines);
            lines.TellRest();
            return result;
        }
        var console = Tables.ConsoleOf(terminal);
        return await console.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new ElapsedTimeColumn())
            // The display has a thread of its own; the work must not wait for it.
            .StartAsync(bars => Task.Run(() => work(new ProgressView(terminal, bars, console.Profile.Width))));
    }

    public void Report(IngestProgress value)
    {
        var share = value.Total == 0 ? 0 : (double)value.Done / value.Total;
        var text = string.Create(CultureInfo.InvariantCulture, $"{value.Rows:n0} rows");
        if (_bars is not null)
            Show(value.Stage, share, text);
        else
            Note(value.Stage, text);
    }

    public void Report(TrainingProgress value) => Show(value.Stage, value.Total == 0 ? 0 : (double)value.Done / value.Total, value.Message);

    public void Report(BatchProgress value)
    {
        _began ??= value;
        var elapsed = _terminal.Time.GetElapsedTime(_beganAt);
        var rate = elapsed > TimeSpan.Zero ? (value.Rows - _began.Value.Rows) / elapsed.TotalSeconds : 0;
        var left = value.Share > 0 ? string.Create(CultureInfo.InvariantCulture, $", {elapsed * ((1 - value.Share) / value.Share):h\\:mm\\:ss} left") : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"{value.Rows:n0} rows, {rate:n0} rows/s{left}{(value.Errors == 0 ? "" : $", {value.Errors:n0} without an answer")}");
        if (_bars is not null)
            Show("answer", value.Share, text);
        else
            Note("answer", text);
    }

    /// <summary>A line a task; of many the node's, whose tasks share it.</summary>
    public void Report(TaskProgress value)
    {
        bool isKnown;
        lock (_gate)
            isKnown = _seen.Contains(value.Task) || (_seen.Count < MostTasks && _seen.Add(value.Task));
        var ended = string.Create(CultureInfo.InvariantCulture, $"{Names.Of(value.State)}{(value.Message.Length > 0 ? $": {value.Message}" : "")}, {value.Elapsed.TotalSeconds:0.0} s");
        Show(isKnown ? value.Task : value.Node, value.Share, value.State != AttemptState.Running ? ended : value.Message.Length > 0 ? value.Message : "begun");
    }

    public void Show(string stage, double share, string message)
    {
        lock (_gate)
        {
            if (_bars is null)
            {
                TellRest();
                Tell(stage, message);
                return;
            }
            if (!_tasks.TryGetValue(stage, out var task))
                _tasks[stage] = task = _bars.AddTask(stage, maxValue: 1);
            var line = $"{stage,-14} {message}";
            task.Description = Markup.Escape(line.Length <= _width ? line : $"{line[..(_width - 1)]}…");
            task.Value = share;
        }
    }

    /// <summary>The state of a step, told when the next begins or some time has passed.</summary>
    private void Note(string stage, string message)
    {
        lock (_gate)
        {
            if (_untold?.Stage != stage)
                TellRest();
            _untold = (stage, message);
            if (_terminal.Time.GetElapsedTime(_toldAt) >= BetweenLines)
                TellRest();
        }
    }

    private void TellRest()
    {
        lock (_gate)
        {
            if (_untold is var (stage, message))
                Tell(stage, message);
            _untold = null;
        }
    }

    private void Tell(string stage, string message)
    {
        _terminal.Error.WriteLine($"{stage,-9} {message}");
        _toldAt = _terminal.Time.GetTimestamp();
    }
}
