using Plumbline.Inference;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>
/// Records which model this process answers with: when it begins, every hour, and when it ends, so that lineage finds it and retention knows until when it was served.
/// </summary>
internal sealed class ServedModelRecorder : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly ServedModelRecord _record;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly PeriodicTimer _timer;
    private readonly Task _running;

    private ServedModelRecorder(string folder, ServedModelRecord record, ILogger log, TimeProvider time)
    {
        (_folder, _record, _log, _time) = (folder, record, log, time);
        _timer = new PeriodicTimer(Period, time);
        Write(record);
        _running = RunAsync();
    }

    /// <param name="process">The last 42 bits of the ids that it gives to predictions.</param>
    public static ServedModelRecorder Start(string folder, string process, ServedModel model, ILogger log, TimeProvider time) =>
        new(folder, new ServedModelRecord(process, time.GetUtcNow().ToUnixTimeMilliseconds(), model.Version, model.Predictor.Digest), log, time);

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
        WriteNow();
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync())
            WriteNow();
    }

    private void WriteNow() => Write(_record with { Until = _time.GetUtcNow().ToUnixTimeMilliseconds() });

    private void Write(ServedModelRecord record)
    {
        try
        {
            ServedModelLog.Record(_folder, record);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Answers matter more than where they came from.
            ServerLog.NotRecorded(_log, _folder, exception.Message);
        }
    }
}
