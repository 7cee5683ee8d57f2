using System.Collections.Concurrent;
using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Generations;

/// <summary>
/// Records what a process serves: when it begins, every hour, and when it ends, so that predictions lead back to it and retention knows until when it was served. Thread-safe.
/// </summary>
internal sealed class ServedVersions : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Generation, ServedModelRecord> _served = [];
    private readonly string? _folder;
    private readonly RequestIds _ids;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly PeriodicTimer _timer;
    private readonly Task _running;

    /// <param name="folder">Null records nothing.</param>
    public ServedVersions(string? folder, RequestIds ids, ILogger log, TimeProvider time)
    {
        (_folder, _ids, _log, _time) = (folder, ids, log, time);
        _timer = new PeriodicTimer(Period, time);
        _running = RunAsync();
    }

    /// <summary>From now on, until it is freed.</summary>
    public void Record(Generation generation)
    {
        if (_folder is null)
            return;
        var model = generation.Model;
        var record = new ServedModelRecord(_ids.Node(generation.Number), Now, model.Version, model.Predictor.Digest);
        _served[generation] = record;
        generation.Freed += End;
        Write(record);
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            foreach (var record in _served.Values)
                Write(record with { Until = Now });
        }
    }

    private void End(Generation generation)
    {
        if (_served.TryRemove(generation, out var record))
            Write(record with { Until = Now });
    }

    private void Write(ServedModelRecord record)
    {
        try
        {
            ServedModelLog.Record(_folder!, record);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Answers matter more than where they came from.
            ServerLog.NotRecorded(_log, _folder!, exception.Message);
        }
    }
}
