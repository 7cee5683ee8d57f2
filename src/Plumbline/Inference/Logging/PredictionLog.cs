using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>
/// Keeps what was answered. Taking an answer down copies it and waits for nothing; within a second it is on disk. What comes faster than the disk takes it is dropped and counted. Thread-safe;
/// appending allocates nothing.
/// </summary>
public sealed class PredictionLog : IAsyncDisposable
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly PredictionLogOptions _options;
    private readonly TimeProvider _time;
    private readonly FileStream _alive;
    private readonly PredictionArchiver _archiver;
    private readonly PredictionShipper? _shipper;
    private readonly Action<string>? _report;
    private readonly Lock _lock = new();
    private readonly List<LoggedVersion> _versions = [];
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;
    private byte[] _filling;
    private byte[] _writing;
    private int _filled;
    private int _unwritten;
    private int _segments;
    private SegmentWriter? _segment;
    private long _segmentHour;
    private long _dropped;
    private volatile string? _fault;

    private PredictionLog(PredictionLogOptions options, string process, FileStream alive, TimeProvider time, Action<string>? report)
    {
        (_options, Process, _alive, _time, _report) = (options, process, alive, time, report);
        (_filling, _writing) = (GC.AllocateUninitializedArray<byte>(options.BufferBytes), GC.AllocateUninitializedArray<byte>(options.BufferBytes));
        _shipper = options.Artifacts is null ? null : new PredictionShipper(options, process, time, report);
        _archiver = new PredictionArchiver(options, process, time, report, _shipper is null ? null : _shipper.Archived);
        // A thread of its own: what is promised must not wait for one of a pool that is busy with requests.
        new Thread(Write) { IsBackground = true, Name = "prediction log" }.Start();
    }

    /// <summary>What the files of this process are called by: 12 hex digits.</summary>
    public string Process { get; }

    public string Folder => _options.Folder;

    /// <summary>Answers that are not kept: they came too fast, or the disk refused them for too long.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Why nothing can be written now; null where all is well.</summary>
    public string? Fault => _fault;

    /// <summary>Why finished files cannot be made; null where they can.</summary>
    public string? ArchiveFault => _archiver.Fault;

    /// <summary>Why nothing can be put into the artifact store now; null where it can, or there is none.</summary>
    public string? ShipFault => _shipper?.Fault;

    /// <summary>How much of what is on this disk the loss of this host would cost: all that is younger. Null where there is no artifact store.</summary>
    public TimeSpan? ShipLag => _shipper?.Lag;

    /// <summary>Opens the log of a process, and finishes what dead processes left.</summary>
    /// <param name="node">The last 48 bits of the process's ids, 12 hex digits, of any generation.</param>
    /// <param name="report">Gets what went wrong off the way of callers, in words.</param>
    /// <exception cref="IOException">The folder cannot be written, or another process of the same node has it.</exception>
    public static PredictionLog Open(PredictionLogOptions options, string node, TimeProvider time, Action<string>? report = null)
    {
        options.Validate();
        var process = PredictionFolder.ProcessOf(node);
        DurableFolder.Create(PredictionFolder.Segments(options.Folder));
        DurableFolder.Create(PredictionFolder.Archive(options.Folder));
        var alive = PredictionFolder.TryLock(options.Folder, process) ?? throw new IOException($"{PredictionFolder.Lock(options.Folder, process)} is held by another process.");
        return new PredictionLog(options, process, alive, time, report);
    }

    /// <summary>Makes a version known, whose answers follow; the same one again is the same.</summary>
    public LoggedVersion Register(LoggedVersion version)
    {
        lock (_lock)
        {
            if (_versions.Find(known => known.Version == version.Version && known.Bundle == version.Bundle) is { } registered)
                return registered;
            _versions.Add(version with { Number = (uint)_versions.Count });
            return _versions[^1];
        }
    }

    /// <summary>Takes an answer without waiting for the disk.</summary>
    public void Append(in PredictionEntry entry)
    {
        var length = PredictionRow.LengthOf(entry, _options.Text);
        bool isHalfFull;
        lock (_lock)
        {
            if (length > _filling.Length - _filled)
            {
                _dropped++;
                return;
            }
            PredictionRow.Write(entry, _options.Text, _filling.AsSpan(_filled, length));
            isHalfFull = _filled < _filling.Length / 2 && _filled + length >= _filling.Length / 2;
            _filled += length;
        }
        if (isHalfFull)
            _wake.Set();
    }

    /// <summary>Writes what was taken, finishes the segment and ships it, if that can be done within five seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _wake.Set();
        await _written.Task.ConfigureAwait(false);
        await _archiver.DisposeAsync().ConfigureAwait(false);
        if (_shipper is not null)
            await _shipper.DisposeAsync().ConfigureAwait(false);
        await _alive.DisposeAsync().ConfigureAwait(false);
        _wake.Dispose();
    }

    private void Write()
    {
        _archiver.Start();
        bool isLast;
        do
        {
            isLast = _isStopping;
            var isWritten = TryWrite();
            if (!isLast)
                _wake.WaitOne(isWritten ? FlushInterval : RetryInterval);
        }
        while (!isLast);
        TryFinish();
        _written.SetResult();
    }

    /// <summary>Where even that fails, the next process of the folder finds the segment and archives it.</summary>
    private void TryFinish()
    {
        try
        {
            Finish();
        }
        catch (Exception exception)
        {
            _fault = exception.Message;
        }
    }

    /// <summary>Writes all that waits.</summary>
    /// <returns>False where the disk refuses it; it is kept for another try.</returns>
    private bool TryWrite()
    {
        try
        {
            // What an earlier failure left, then what was taken meanwhile.
            for (var pass = 0; pass < 2; pass++)
            {
                if (_unwritten == 0)
                    Swap();
                if (_unwritten == 0)
                    break;
                Write(_writing.AsMemory(0, _unwritten));
                _unwritten = 0;
            }
            if (_segment is not null && _segmentHour != Hour)
                Finish();
            _fault = null;
            return true;
        }
        // Whatever it is: nothing catches it above a thread, and the process would end.
        catch (Exception exception)
        {
            // Once when it comes or changes: an outage must not write a line a second.
            if (_fault != exception.Message)
                _report?.Invoke($"The disk refuses what is to be kept of predictions, which waits as far as there is room: {exception.Message}");
            _fault = exception.Message;
            return false;
        }
    }

    private long Hour => PredictionFolder.HourOf(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private void Swap()
    {
        lock (_lock)
        {
            (_filling, _writing) = (_writing, _filling);
            (_unwritten, _filled) = (_filled, 0);
        }
    }

    private void Write(ReadOnlyMemory<byte> rows)
    {
        if (_segment is null)
        {
            var name = FormattableString.Invariant($"{Process}-{_segments:d6}{PredictionFolder.SegmentSuffix}");
            _segment = SegmentWriter.Create(Path.Combine(PredictionFolder.Segments(Folder), name));
            (_segmentHour, _segments) = (Hour, _segments + 1);
        }
        LoggedVersion[] versions;
        lock (_lock)
            versions = [.. _versions];
        _segment.Append(rows, versions);
        _shipper?.Written(_segment.Path, _segment.Length);
        if (_segment.Length >= _options.SegmentBytes)
            Finish();
    }

    private void Finish()
    {
        if (_segment is null)
            return;
        _segment.Dispose();
        _archiver.Finished(_segment.Path);
        _segment = null;
    }
}
