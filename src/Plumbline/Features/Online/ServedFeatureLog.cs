using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Plumbline.Storage;

namespace Plumbline.Features.Online;

/// <summary>
/// Records served features in files of JSON lines, off the way of requests and bounded in memory and on disk: what comes faster than the disk takes it is dropped
/// and counted, and the oldest file goes when there are too many. A record is in its file within a second, unless the process is killed. Thread-safe.
/// </summary>
public sealed class ServedFeatureLog : IAsyncDisposable
{
    private const int MostWaiting = 65_536;
    private const string Pattern = "served-*.jsonl";
    private const string NameTime = "yyyyMMdd'T'HHmmss.fffffff'Z'";
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly long _mostFileBytes;
    private readonly int _mostFiles;
    private readonly Channel<ServedFeatures> _records = Channel.CreateBounded<ServedFeatures>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _writer;
    private FileStream? _file;
    private string? _path;
    private long _unflushed;
    private long _failed;
    private bool _isFailing;
    private long _dropped;

    /// <param name="folder">Made if absent.</param>
    /// <param name="mostFiles">At least 2.</param>
    public ServedFeatureLog(string folder, TimeProvider time, long mostFileBytes = 16 << 20, int mostFiles = 64)
    {
        _folder = folder;
        _time = time;
        _mostFileBytes = mostFileBytes;
        _mostFiles = mostFiles;
        DurableFolder.Create(folder);
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Records that are not kept: they came too fast, or the disk refused them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a record without waiting.</summary>
    public void Record(ServedFeatures served)
    {
        if (!_records.Writer.TryWrite(served))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Streams what was recorded, the oldest first; a line that a crash cut is passed over.</summary>
    public static IEnumerable<ServedFeatures> Read(string folder)
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (var line in Directory.GetFiles(folder, Pattern).Order(StringComparer.Ordinal).SelectMany(Lines))
        {
            if (TryParse(line) is { } served)
                yield return served;
        }
    }

    /// <summary>The record of one prediction, looked for from the file of its time backwards; null where there is none.</summary>
    public static ServedFeatures? Find(string folder, Guid predictionId)
    {
        var id = predictionId.ToString("D");
        // Ids begin with their time, but a clock may have been set; files of later times are looked at last.
        var begun = $"served-{DateTimeOffset.FromUnixTimeMilliseconds(MillisecondsOf(predictionId)).AddMinutes(1).UtcDateTime.ToString(NameTime, CultureInfo.InvariantCulture)}";
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, Pattern) : [];
        var ordered = files.OrderBy(file => string.CompareOrdinal(Path.GetFileName(file), begun) > 0).ThenByDescending(file => file, StringComparer.Ordinal);
        return ordered.SelectMany(Lines).Where(line => line.Contains(id, StringComparison.Ordinal)).Select(TryParse).FirstOrDefault(served => served?.PredictionId == predictionId);
    }

    /// <summary>Writes what was taken.</summary>
    public async ValueTask DisposeAsync()
    {
        _records.Writer.TryComplete();
        _stopping.TrySetResult();
        await _writer.ConfigureAwait(false);
    }

    private static IEnumerable<string> Lines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>The first 48 bits of a UUID of version 7, within the years that a time can be written with four digits.</summary>
    private static long MillisecondsOf(Guid id)
    {
        const long LastOfCalendar = 253_402_214_400_000;
        return Math.Min(Convert.ToInt64(id.ToString("N")[..12], 16), LastOfCalendar);
    }

    private static ServedFeatures? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ServedFeaturesJson.Default.ServedFeatures);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task WriteAsync()
    {
        while (await _records.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (!_isFailing || _stopping.Task.IsCompleted || _time.GetElapsedTime(_failed) >= RetryInterval)
                WriteAll();
            // Gathers what comes meanwhile, so that a flush serves many.
            await Task.WhenAny(_stopping.Task, Task.Delay(FlushInterval, _time)).ConfigureAwait(false);
        }
        _file?.Dispose();
    }

    private void WriteAll()
    {
        try
        {
            while (_records.Reader.TryRead(out var served))
            {
                _unflushed++;
                Write(served);
            }
            _file?.Flush(flushToDisk: false);
            (_unflushed, _isFailing) = (0, false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Abandon();
        }
    }

    private void Write(ServedFeatures served)
    {
        if (_file is null || _file.Length > _mostFileBytes)
            Begin();
        _file!.Write(JsonSerializer.SerializeToUtf8Bytes(served, ServedFeaturesJson.Default.ServedFeatures));
        _file.WriteByte((byte)'\n');
    }

    private void Begin()
    {
        if (_file is not null)
        {
            var full = _file;
            (_file, _path) = (null, null);
            full.Dispose();
            _unflushed = 1;
        }
        if (_path is not null)
        {
            // The file of a failure goes on: a new one each time would push out what was recorded before.
            _file = Open(_path, FileMode.Append);
            _file.WriteByte((byte)'\n');
            return;
        }
        // By time, then at random: replicas may share the folder.
        var name = _time.GetUtcNow().ToString(NameTime, CultureInfo.InvariantCulture);
        var path = Path.Combine(_folder, $"served-{name}-{Guid.NewGuid():N}.jsonl");
        _file = Open(path, FileMode.CreateNew);
        _path = path;
        foreach (var old in Directory.GetFiles(_folder, Pattern).OrderDescending(StringComparer.Ordinal).Skip(_mostFiles))
            File.Delete(old);
    }

    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1 << 16);

    /// <summary>Leaves the disk alone for a while. What was not flushed may be in no file; what comes meanwhile waits, as far as there is room.</summary>
    private void Abandon()
    {
        if (_stopping.Task.IsCompleted)
        {
            while (_records.Reader.TryRead(out _))
                _unflushed++;
        }
        Interlocked.Add(ref _dropped, _unflushed);
        (_unflushed, _isFailing, _failed) = (0, true, _time.GetTimestamp());
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // Counted above.
        }
        _file = null;
    }
}
