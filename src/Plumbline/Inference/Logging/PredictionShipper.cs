using Plumbline.Storage;
using Plumbline.Storage.Artifacts;

namespace Plumbline.Inference.Logging;

/// <summary>
/// Puts what a log keeps into the artifact store, so that a host which is lost costs its last seconds only: finished files, and until a segment is finished what it got since the last time.
/// What fails is tried again, ever less often; it waits in the log's folder, not in memory. Takes erasures from the store, and gives it those of the folder.
/// </summary>
internal sealed class PredictionShipper : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastShipping = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ErasurePeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RemovalPeriod = TimeSpan.FromHours(1);

    private readonly Queue<(long Hour, string Name, byte[] Bytes)> _parts = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly PredictionLogOptions _options;
    private readonly string _process;
    private readonly SharedArtifacts _artifacts;
    private readonly SharedPredictions _shared;
    private readonly TimeProvider _time;
    private readonly Action<string>? _report;
    private readonly Task _running;
    private volatile TaskCompletionSource _wake = NewWake();
    private volatile WrittenSegment? _written;
    private volatile string? _fault;
    private SegmentTail? _tail;
    private DateTimeOffset _erased = DateTimeOffset.MinValue;
    private DateTimeOffset _removed = DateTimeOffset.MinValue;
    private long _completeMilliseconds;

    public PredictionShipper(PredictionLogOptions options, string process, TimeProvider time, Action<string>? report)
    {
        (_options, _process, _time, _report) = (options, process, time, report);
        _artifacts = options.Artifacts!();
        _shared = new SharedPredictions(_artifacts, options.Folder, time);
        _completeMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Why the last time failed; null where it did not.</summary>
    public string? Fault => _fault;

    /// <summary>Of all that was on this disk so long ago the store has a copy.</summary>
    public TimeSpan Lag => _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _completeMilliseconds));

    /// <summary>Says how far a segment is durable.</summary>
    public void Written(string segment, long length) => _written = new WrittenSegment(segment, length);

    /// <summary>Says that there are finished files.</summary>
    public void Archived() => _wake.TrySetResult();

    /// <summary>Puts what is there, where that is done within five seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        using (var last = new CancellationTokenSource(LastShipping, _time))
            await TryAsync(last.Token).ConfigureAwait(false);
        _tail?.Dispose();
        _artifacts.Dispose();
        _stop.Dispose();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            var pause = TimeSpan.FromTicks(Math.Min(Math.Max(LongestPause.Ticks, _options.ShipInterval.Ticks), _options.ShipInterval.Ticks << Math.Min(failures, 10)));
            await Task.WhenAny(_wake.Task, Task.Delay(pause, _time, _stop.Token)).ConfigureAwait(false);
            _wake = NewWake();
            failures = await TryAsync(_stop.Token).ConfigureAwait(false) ? 0 : failures + 1;
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        try
        {
            await ShipAsync(cancellation).ConfigureAwait(false);
            Volatile.Write(ref _completeMilliseconds, now.ToUnixTimeMilliseconds());
            await KeepUpAsync(now, cancellation).ConfigureAwait(false);
            _fault = null;
            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception exception)
        {
            // Whatever the store or the disk throws: it stays, and its turn comes again.
            var fault = $"Predictions cannot be shipped: {exception.Message}";
            if (fault != _fault)
                _report?.Invoke(fault);
            _fault = fault;
            return false;
        }
    }

    private async Task ShipAsync(CancellationToken cancellation)
    {
        // Before the finished files: of what becomes one meanwhile nothing is sent after it.
        await ShipTailAsync(cancellation).ConfigureAwait(false);
        foreach (var hour in PredictionFolder.Hours(_options.Folder))
        {
            foreach (var ofProcess in PredictionFolder.Files(_options.Folder, hour).GroupBy(file => Path.GetFileName(file).Split('-')[0], StringComparer.Ordinal).Where(IsOurs))
            {
                foreach (var file in ofProcess.Where(file => !IsShipped(file)))
                    await ShipAsync(hour, file, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task ShipTailAsync(CancellationToken cancellation)
    {
        var written = _written;
        if (written is null || !File.Exists(written.Path))
            return;
        if (_tail?.Path != written.Path)
        {
            // What was left of the one before comes with its finished file.
            _parts.Clear();
            _tail?.Dispose();
            _tail = SegmentTail.TryOpen(written.Path);
        }
        do
        {
            while (_parts.TryPeek(out var part))
            {
                using var content = new MemoryStream(part.Bytes);
                await _shared.PutAsync(part.Hour, part.Name, content, cancellation).ConfigureAwait(false);
                _parts.Dequeue();
            }
            foreach (var part in _tail?.Take(written.Length) ?? [])
                _parts.Enqueue(part);
        }
        while (_parts.Count > 0);
    }

    private async Task ShipAsync(long hour, string file, CancellationToken cancellation)
    {
        try
        {
            var stamp = File.GetLastWriteTimeUtc(file);
            using (var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete))
                await _shared.PutFinishedAsync(hour, Path.GetFileName(file), content, cancellation).ConfigureAwait(false);
            AtomicFile.Write(file + PredictionFolder.ShippedSuffix, _ => { });
            // Of the file that was shipped: one that was written anew meanwhile has another.
            File.SetLastWriteTimeUtc(file + PredictionFolder.ShippedSuffix, stamp);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Too old, and removed meanwhile.
        }
    }

    private static bool IsShipped(string file) => File.Exists(file + PredictionFolder.ShippedSuffix) && File.GetLastWriteTimeUtc(file + PredictionFolder.ShippedSuffix) == File.GetLastWriteTimeUtc(file);

    /// <summary>Whether nobody else does: files of another process that lives are its own business.</summary>
    private bool IsOurs(IGrouping<string, string> ofProcess)
    {
        if (ofProcess.Key == _process || !PredictionFolder.Knows(_options.Folder, ofProcess.Key))
            return true;
        using var held = PredictionFolder.TryLock(_options.Folder, ofProcess.Key);
        return held is not null;
    }

    private async Task KeepUpAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        if (now - _erased >= ErasurePeriod)
        {
            await ExchangeErasuresAsync(cancellation).ConfigureAwait(false);
            _erased = now;
        }
        if (now - _removed < RemovalPeriod)
            return;
        var cut = now.AddDays(-_options.RetentionDays);
        await _shared.RemoveBeforeAsync(PredictionFolder.HourOf(cut.ToUnixTimeMilliseconds()), cancellation).ConfigureAwait(false);
        await _shared.RemoveErasuresAsync(cut, cancellation).ConfigureAwait(false);
        _removed = now;
    }

    /// <summary>What was erased on another host is erased here, and the other way round.</summary>
    private async Task ExchangeErasuresAsync(CancellationToken cancellation)
    {
        var (theirs, ours) = (await _shared.ErasuresAsync(cancellation).ConfigureAwait(false), Erasures.Read(_options.Folder));
        foreach (var (digest, until) in ours.Until.Where(one => theirs.Until.GetValueOrDefault(one.Key) < one.Value))
            await _shared.AddErasureAsync(digest, until, cancellation).ConfigureAwait(false);
        var isNew = false;
        foreach (var (digest, until) in theirs.Until.Where(one => ours.Until.GetValueOrDefault(one.Key) < one.Value))
        {
            PredictionErasure.Erase(_options.Folder, digest, until, cancellation);
            isNew = true;
        }
        if (isNew)
            _shared.ForgetAll();
    }

    private sealed record WrittenSegment(string Path, long Length);
}
