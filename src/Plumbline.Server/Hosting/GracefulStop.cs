using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Hosting;

/// <summary>
/// Between SIGTERM and the closing of the listener. Kestrel would close idle keep-alive connections at once, and a request that is under way on
/// one of them would be lost; so the server goes on answering, each answer with <c>Connection: close</c>, until its clients have gone quiet.
/// </summary>
internal sealed class GracefulStop(HostState state, TimeSpan grace, TimeProvider time, ILogger<GracefulStop> log) : IHostedLifecycleService
{
    private static readonly TimeSpan QuietEnough = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Stop();
        ServerLog.Stopping(log, state.InFlight);
        var began = time.GetTimestamp();
        while (state.Quiet < QuietEnough && time.GetElapsedTime(began) < grace / 2)
            await Task.Delay(Poll, time, CancellationToken.None);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
