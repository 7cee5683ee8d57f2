namespace Plumbline.Storage;

/// <summary>A lease that is renewed until it is disposed, which gives it back.</summary>
public sealed class HeldLease : IAsyncDisposable
{
    // A holder that died keeps others waiting for so long at most; one that lives may stall for two thirds of it.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(12);

    private readonly LeaseStore _leases;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewal;
    private volatile bool _isLost;

    private HeldLease(LeaseStore leases, Lease lease, TimeProvider time)
    {
        (_leases, Lease) = (leases, lease);
        _renewal = RenewAsync(time);
    }

    public Lease Lease { get; }

    /// <summary>Takes the lease, as soon as whoever has it gives it back or is dead for some seconds.</summary>
    /// <param name="waiting">Told once, who has it, if there is waiting to be done.</param>
    public static async Task<HeldLease> AcquireAsync(
        LeaseStore leases, string name, string holder, TimeProvider time, Action<Lease>? waiting = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            if (await TryAcquireAsync(leases, name, holder, time, cancellation).ConfigureAwait(false) is { } held)
                return held;
            if (await leases.FindAsync(name, cancellation).ConfigureAwait(false) is { } other)
            {
                waiting?.Invoke(other);
                waiting = null;
            }
            await Task.Delay(Duration / 24, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>Null if another has it.</returns>
    public static async Task<HeldLease?> TryAcquireAsync(LeaseStore leases, string name, string holder, TimeProvider time, CancellationToken cancellation = default) =>
        await leases.TryAcquireAsync(name, holder, Duration, cancellation).ConfigureAwait(false) is { } lease ? new HeldLease(leases, lease, time) : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewal.ConfigureAwait(false);
        if (!_isLost)
            await _leases.ReleaseAsync(Lease).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Duration / 4, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (!await _leases.RenewAsync(Lease, Duration, _stop.Token).ConfigureAwait(false))
                {
                    _isLost = true;
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is given back.
        }
        catch (MetadataException)
        {
            // The store itself will say so to the next who writes; the lease runs out by itself.
            _isLost = true;
        }
    }
}
