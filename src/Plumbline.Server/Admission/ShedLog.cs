using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Admission;

/// <summary>Tells of refusals once a second, not one by one: under overload a line each would cost as much as answering. Thread-safe.</summary>
internal sealed class ShedLog(ILogger log, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long? _told;
    private int _since;

    public void Shed()
    {
        lock (_lock)
        {
            _since++;
            if (_told is { } told && time.GetElapsedTime(told) < Period)
                return;
            ServerLog.Overloaded(log, _since);
            (_told, _since) = (time.GetTimestamp(), 0);
        }
    }
}
