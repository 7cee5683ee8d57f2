using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Tells the store that the process of a run lives, until it is disposed: <see cref="TrackingStore.EndAbandonedAsync"/> ends a run that fell silent.</summary>
public sealed class RunHeartbeat : IAsyncDisposable
{
    /// <summary>Of the names of leases.</summary>
    internal const string Prefix = "run/";

    /// <summary>A machine that sleeps, or a store that does not answer for a while, is no death.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly LeaseStore _leases;
    private readonly Task _beating;
    private Lease? _lease;

    private RunHeartbeat(LeaseStore leases, Lease? lease, string name, TimeProvider time)
    {
        (_leases, _lease) = (leases, lease);
        _beating = BeatAsync(name, time);
    }

    internal static async Task<RunHeartbeat> StartAsync(LeaseStore leases, string runId, TimeProvider time, CancellationToken cancellation)
    {
        var lease = await leases.TryAcquireAsync(Prefix + runId, Environment.MachineName, LongestSilence, cancellation).ConfigureAwait(false);
        return new RunHeartbeat(leases, lease, Prefix + runId, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        await TryReleaseAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task TryReleaseAsync()
    {
        try
        {
            if (_lease is not null)
                await _leases.ReleaseAsync(_lease).ConfigureAwait(false);
        }
        catch (MetadataException)
        {
            // It runs out by itself, and a run that has ended stays as it is.
        }
    }

    private async Task BeatAsync(string name, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                await TryBeatAsync(name).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    private async Task TryBeatAsync(string name)
    {
        try
        {
            // Whoever slept through its time takes it anew.
            if (_lease is null || !await _leases.RenewAsync(_lease, LongestSilence, _stop.Token).ConfigureAwait(false))
                _lease = await _leases.TryAcquireAsync(name, Environment.MachineName, LongestSilence, _stop.Token).ConfigureAwait(false);
        }
        catch (MetadataException)
        {
            // The next beat may get through; who logs to the run is told.
        }
    }
}
