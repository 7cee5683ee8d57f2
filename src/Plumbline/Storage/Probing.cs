namespace Plumbline.Storage;

/// <summary>
/// Asks every few seconds whether something answers, one question at a time, so that what is told of it does not wait for somebody to use it. Pauses differ by up to a quarter, so that servers do not ask
/// in step. Ends when it is disposed.
/// </summary>
public sealed class Probing : IAsyncDisposable
{
    private const double Jitter = 0.25;

    /// <summary>Between an answer and the next question.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _asking;

    /// <param name="ask">Gives up by itself, and throws nothing but that it was cancelled.</param>
    public Probing(Func<CancellationToken, Task> ask, TimeProvider time) => _asking = AskAsync(ask, time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AskAsync(Func<CancellationToken, Task> ask, TimeProvider time)
    {
        while (true)
        {
            // What the clock's last digits say is even enough.
            var spread = time.GetTimestamp() % 1024 / 1024.0;
            await Task.Delay(Pause * (1 + (Jitter * ((2 * spread) - 1))), time, _stop.Token).ConfigureAwait(false);
            await ask(_stop.Token).ConfigureAwait(false);
        }
    }
}
