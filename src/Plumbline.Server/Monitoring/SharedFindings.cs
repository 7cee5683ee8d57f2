using Plumbline.Monitoring;
using Plumbline.Storage;

namespace Plumbline.Server.Monitoring;

/// <summary>What is to be known of a version: one server finds it each time, under a lease, and all others read what it found. For one caller at a time.</summary>
/// <param name="process">Names this process.</param>
internal sealed class SharedFindings(DriftOptions options, string process, TimeProvider time)
{
    /// <summary>Who died meanwhile keeps the others waiting for so long.</summary>
    private static readonly TimeSpan LeaseLength = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <returns>The newest; null where nothing is known yet.</returns>
    public async Task<MonitorReport?> FindAsync(IMetadataStore store, WatchedModel watched, DateTimeOffset now, CancellationToken stop)
    {
        var (reports, leases) = (new MonitorReports(store, time), new LeaseStore(store, time));
        if (await reports.FindAsync(watched.Version, stop) is { } known && IsFresh(known, now))
            return known;
        if (await leases.TryAcquireAsync($"monitoring/{watched.Version}", process, LeaseLength, stop) is not { } lease)
        {
            // Another one is at it.
            await Task.Delay(options.Period / 4 < LongestWait ? options.Period / 4 : LongestWait, time, stop);
            return await reports.FindAsync(watched.Version, stop);
        }
        try
        {
            if (await reports.FindAsync(watched.Version, stop) is { } meanwhile && IsFresh(meanwhile, now))
                return meanwhile;
            var advisor = new RetrainingAdvisor(store, time) { DriftSpan = options.Span, QualitySpan = options.QualitySpan, Profile = options.Profile };
            var found = await advisor.LookAsync(watched.Version, watched.Reference, watched.Quality, now, stop);
            return await reports.KeepAsync(found, lease.Token, stop) ? found : await reports.FindAsync(watched.Version, stop);
        }
        finally
        {
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
    }

    /// <summary>Clocks may differ by a quarter of the time between two findings; what is of a later time was found before the clock was set back.</summary>
    private bool IsFresh(MonitorReport report, DateTimeOffset now) => (now - report.Time).Duration() < 0.75 * options.Period;
}
