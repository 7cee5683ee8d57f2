using System.Collections.Concurrent;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Off the way of the log: turns finished segments into the archive, and removes what is too old. What fails is tried again every minute.</summary>
/// <param name="archived">Told when there are new files.</param>
internal sealed class PredictionArchiver(PredictionLogOptions options, string process, TimeProvider time, Action<string>? report, Action? archived) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<string> _finished = [];
    private readonly CancellationTokenSource _stop = new();
    private volatile TaskCompletionSource _wake = NewWake();
    private volatile string? _fault;
    private Task _running = Task.CompletedTask;
    private string? _failed;

    /// <summary>Why the last files could not be made; null where they could.</summary>
    public string? Fault => _fault;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Takes over a segment that is closed.</summary>
    public void Finished(string segment)
    {
        _finished.Enqueue(segment);
        _wake.TrySetResult();
    }

    /// <summary>Archives what is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (true)
        {
            var isLast = _stop.IsCancellationRequested;
            _wake = NewWake();
            _failed = null;
            Attempt(ArchiveFinished);
            Attempt(ArchiveOfTheDead);
            Attempt(RemoveOld);
            if (_failed is not null && _failed != _fault)
                report?.Invoke(_failed);
            _fault = _failed;
            if (isLast)
                return;
            await Task.WhenAny(_wake.Task, Task.Delay(Period, time, _stop.Token)).ConfigureAwait(false);
        }
    }

    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            // Whatever failed, its turn comes again; the loop must outlive it.
            _failed = $"The archive of predictions cannot be kept up: {exception.Message}";
        }
    }

    private void ArchiveFinished()
    {
        while (_finished.TryPeek(out var segment))
        {
            Archive(segment);
            _finished.TryDequeue(out _);
        }
    }

    private void ArchiveOfTheDead()
    {
        foreach (var left in PredictionFolder.SegmentFiles(options.Folder).GroupBy(path => Path.GetFileName(path).Split('-')[0], StringComparer.Ordinal).Where(left => left.Key != process))
        {
            using var held = PredictionFolder.TryLock(options.Folder, left.Key);
            if (held is null)
                continue;
            foreach (var segment in left)
                Archive(segment);
        }
    }

    private void Archive(string segment)
    {
        // Another process may have been first, if its lock was free.
        if (!File.Exists(segment))
            return;
        if (SegmentArchive.Write(segment, options.Folder, CancellationToken.None))
        {
            report?.Invoke($"{segment} holds blocks that are not what was written; the others are in the archive, and it stays as {PredictionFolder.DamagedSuffix}.");
            File.Move(segment, Path.ChangeExtension(segment, PredictionFolder.DamagedSuffix), overwrite: true);
        }
        else
        {
            File.Delete(segment);
        }
        DurableFolder.Flush(PredictionFolder.Segments(options.Folder));
        archived?.Invoke();
    }

    private void RemoveOld()
    {
        var cut = time.GetUtcNow().AddDays(-options.RetentionDays);
        foreach (var hour in PredictionFolder.Hours(options.Folder).TakeWhile(hour => hour < PredictionFolder.HourOf(cut.ToUnixTimeMilliseconds())))
            AtomicDirectory.Remove(Path.Combine(PredictionFolder.Archive(options.Folder), PredictionFolder.HourName(hour)));
        Erasures.RemoveOld(options.Folder, cut);
        PredictionFolder.Touch(options.Folder, process, time.GetUtcNow());
        PredictionFolder.RemoveProcesses(options.Folder, cut);
        foreach (var damaged in Directory.GetFiles(PredictionFolder.Segments(options.Folder), "*" + PredictionFolder.DamagedSuffix).Where(file => File.GetLastWriteTimeUtc(file) < cut.UtcDateTime))
            File.Delete(damaged);
    }
}
