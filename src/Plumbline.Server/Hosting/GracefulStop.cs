using Microsoft.Extensions.Hosting;

namespace Plumbline.Server.Hosting;

/// <summary>
/// Between SIGTERM and the closing of the listener. Kestrel closes idle keep-alive connections at once, and a request that is under way on one
/// of them would be lost; so the server goes on answering, each answer with <c>Connection: close</c>, until its clients have left or gone quiet.
/// </summary>
internal sealed class GracefulStop(ServerState state, TimeSpan grace, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan QuietEnough = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Stop();
        var began = time.GetTimestamp();
        while (state.Connections > 0 && state.Quiet < QuietEnough && time.GetElapsedTime(began) < grace / 2 && !cancellationToken.IsCancellationRequested)
            await Task.Delay(Poll, time, CancellationToken.None);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
