using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>
/// Tells of runs: every event is on disk before <see cref="Begin"/> and the like return, and is sent beside the work. Nothing here fails or waits for the endpoint; what
/// cannot be sent while this lives is sent by the next that is opened on the state folder. Thread-safe.
/// </summary>
public sealed class OpenLineageEmitter : IAsyncDisposable
{
    // What a command that is done may wait for the last events.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Others may leave events, too.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly OpenLineageOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly SemaphoreSlim _added = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry;
    private readonly Task _sending;

    public OpenLineageEmitter(OpenLineageOptions options, Home home, TimeProvider time)
        : this(options, home, time, Patience)
    {
    }

    internal OpenLineageEmitter(OpenLineageOptions options, Home home, TimeProvider time, TimeSpan patience)
    {
        (Options, _time, _patience) = (options, time, patience);
        _outbox = new OpenLineageOutbox(home, time);
        _hurry = new CancellationTokenSource(System.Threading.Timeout.InfiniteTimeSpan, time);
        _sending = Task.Run(SendAsync);
    }

    public OpenLineageOptions Options { get; }

    internal DateTime Now => _time.GetUtcNow().UtcDateTime;

    /// <summary>Tells that a run began.</summary>
    /// <param name="job">Such as <c>reviews.train</c>.</param>
    /// <param name="type">Such as <c>TRAIN</c>.</param>
    /// <param name="id">Null: a new one.</param>
    /// <param name="parent">The run that this one is part of.</param>
    public OpenLineageRun Begin(string job, string type, Guid? id = null, OpenLineageRun? parent = null, IReadOnlyList<OpenLineageDataset>? inputs = null) =>
        new(this, job, type, id ?? Guid.CreateVersion7(_time.GetUtcNow()), parent, inputs ?? []);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _hurry.CancelAfter(_patience);
        await _sending.ConfigureAwait(false);
        _stop.Dispose();
        _hurry.Dispose();
        _added.Dispose();
    }

    internal void Emit(JsonObject @event)
    {
        _outbox.Add(@event);
        _added.Release();
    }

    private async Task SendAsync()
    {
        do
        {
            await WaitAsync().ConfigureAwait(false);
            await _outbox.SendAsync(Options, evenIfEarly: false, _hurry.Token).ConfigureAwait(false);
        }
        while (!_stop.IsCancellationRequested);
        // What came while the last was being sent.
        await _outbox.SendAsync(Options, evenIfEarly: false, _hurry.Token).ConfigureAwait(false);
    }

    private async Task WaitAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(_added.WaitAsync(either.Token), Task.Delay(Interval, _time, either.Token)).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
    }
}
