using System.Collections.Concurrent;

namespace Plumbline.Server.BatchJobs;

/// <summary>Jobs by id, each for a while: what is remembered does not grow with the jobs that there ever were. Thread-safe.</summary>
internal sealed class RememberedJobs(TimeSpan duration, TimeProvider time)
{
    /// <summary>Timestamps of when they were added.</summary>
    private readonly ConcurrentDictionary<string, long> _added = new(StringComparer.Ordinal);

    public int Count => _added.Count;

    public bool Contains(string job) => _added.TryGetValue(job, out var added) && !IsOver(added);

    /// <summary>From now on, for the duration; those whose time is over are forgotten.</summary>
    /// <returns>Whether it was not remembered.</returns>
    public bool Add(string job)
    {
        foreach (var old in _added)
        {
            if (IsOver(old.Value))
                _added.TryRemove(old);
        }
        return _added.TryAdd(job, time.GetTimestamp());
    }

    private bool IsOver(long added) => time.GetElapsedTime(added) >= duration;
}
