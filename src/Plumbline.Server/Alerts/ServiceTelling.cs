using Plumbline.Monitoring.Alerts;

namespace Plumbline.Server.Alerts;

/// <summary>Minutes of this process that are still to be told, or may change yet. For one caller at a time.</summary>
internal sealed class ServiceTelling
{
    /// <summary>Minutes that wait at most while the store does not answer; the oldest go first.</summary>
    private const int MostWaiting = 120;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<DateTimeOffset, ServiceCounts> _minutes = [];

    /// <summary>What the store does not know yet.</summary>
    public IReadOnlyCollection<KeyValuePair<DateTimeOffset, ServiceCounts>> Untold => _minutes;

    /// <summary>Adds what was counted up to now.</summary>
    public void Add(DateTimeOffset now, ServiceCounts counted)
    {
        if (counted.Requests == 0)
            return;
        var minute = new DateTimeOffset(now.UtcTicks / Minute.Ticks * Minute.Ticks, TimeSpan.Zero);
        _minutes[minute] = _minutes.GetValueOrDefault(minute) is not { } before ? counted : new ServiceCounts(
            before.Requests + counted.Requests, before.Failures + counted.Failures, [.. before.Durations.Zip(counted.Durations, (one, other) => one + other)]);
        while (_minutes.Count > MostWaiting)
            _minutes.Remove(_minutes.First().Key);
    }

    /// <summary>Says that the store knows all of it; what is under way may grow, and is told again as a whole.</summary>
    public void Told(DateTimeOffset now)
    {
        foreach (var minute in _minutes.Keys.Where(minute => minute + Minute <= now).ToArray())
            _minutes.Remove(minute);
    }
}
