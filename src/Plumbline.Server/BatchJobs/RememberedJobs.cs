using System.Collections.Concurrent;

namespace Plumbline.Server.BatchJobs;

/// <summary>Jobs by id, each for a while: what is remembered does not grow with the jobs that there ever were. Thread-safe.</summary>
internal sealed class RememberedJobs(TimeSpan duration, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _until = new(StringComparer.Ordinal);

    public int Count => _until.Count;

    public bool Contains(string job) => _until.TryGetValue(job, out var until) && until > time.GetUtcNow();

    /// <summary>From now on, for the duration; those whose time is over are forgotten.</summary>
    /// <returns>Whether it was not remembered.</returns>
    public bool Add(string job)
    {
        var now = time.GetUtcNow();
        foreach (var (old, until) in _until)
        {
            if (until <= now)
                _until.TryRemove(new(old, until));
        }
        return _until.TryAdd(job, now + duration);
    }
}
