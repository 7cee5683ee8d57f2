namespace Plumbline.Storage;

/// <summary>A lease that is renewed until it is disposed, which gives it back.</summary>
public sealed class HeldLease : IAsyncDisposable
{
    // A holder that died keeps others waiting for so long at most; one that lives may stall for two thirds of it.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(12);

    private readonly LeaseStore _leases;
    private readonly TimeSpan _duration;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _renewal;

    private HeldLease(LeaseStore leases, Lease lease, TimeSpan duration, TimeProvider time)
    {
        (_leases, Lease, _duration) = (leases, lease, duration);
        _renewal = RenewAsync(time);
    }

    public Lease Lease { get; }

    /// <summary>Cancelled once the lease is known to be over, or cannot be renewed.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes the lease, as soon as whoever has it gives it back or is dead for some seconds.</summary>
    /// <param name="waiting">Told once, who has it, if there is waiting to be done.</param>
    public static async Task<HeldLease> AcquireAsync(
        LeaseStore leases, string name, string holder, TimeProvider time, Action<Lease>? waiting = null, CancellationToken cancellation = default)
    {
        while (true)
        {
            // Waiting only reads: while one writes, nobody else does.
            if (await leases.FindAsync(name, cancellation).ConfigureAwait(false) is { } other)
            {
                waiting?.Invoke(other);
                waiting = null;
            }
            else if (await TryAcquireAsync(leases, name, holder, time, cancellation).ConfigureAwait(false) is { } held)
            {
                return held;
            }
            await Task.Delay(Usual / 24, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>Null if another has it.</returns>
    public static Task<HeldLease?> TryAcquireAsync(LeaseStore leases, string name, string holder, TimeProvider time, CancellationToken cancellation = default) =>
        TryAcquireAsync(leases, name, holder, Usual, time, cancellation);

    /// <param name="duration">How long others wait for a holder that died.</param>
    /// <inheritdoc cref="TryAcquireAsync(LeaseStore, string, string, TimeProvider, CancellationToken)" path="/returns"/>
    public static async Task<HeldLease?> TryAcquireAsync(LeaseStore leases, string name, string holder, TimeSpan duration, TimeProvider time, CancellationToken cancellation = default) =>
        await leases.TryAcquireAsync(name, holder, duration, cancellation).ConfigureAwait(false) is { } lease ? new HeldLease(leases, lease, duration, time) : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewal.ConfigureAwait(false);
        if (!_lost.IsCancellationRequested)
            await _leases.ReleaseAsync(Lease).ConfigureAwait(false);
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(_duration / 4, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (!await _leases.RenewAsync(Lease, _duration, _stop.Token).ConfigureAwait(false))
                {
                    await _lost.CancelAsync().ConfigureAwait(false);
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
            await _lost.CancelAsync().ConfigureAwait(false);
        }
    }
}
