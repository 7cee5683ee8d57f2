using System.Buffers;
using System.Threading.Channels;
using Plumbline.Server.Admission;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Server.Traffic;

/// <summary>
/// Has shadows answer what callers were answered already, one request at a time, and compares. What waits is bounded; what comes while it is full, or is reached while callers keep the machine busy,
/// is dropped. Thread-safe.
/// </summary>
internal sealed class Shadowing : IAsyncDisposable
{
    private const int MostWaiting = 256;
    private readonly Channel<ShadowRequest> _waiting = Channel.CreateBounded<ShadowRequest>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly int _busy = 4 * Environment.ProcessorCount;
    private readonly HostState _state;
    private readonly AdmissionControl _admission;
    private readonly ServerOptions _options;
    private readonly RequestIds _ids;
    private readonly ShadowMetrics _metrics;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Task _working;

    public Shadowing(HostState state, AdmissionControl admission, ServerOptions options, RequestIds ids, ShadowMetrics metrics, ILogger log, TimeProvider time)
    {
        (_state, _admission, _options, _ids, _metrics, _log, _time) = (state, admission, options, ids, metrics, log, time);
        _working = Task.Run(WorkAsync);
    }

    /// <summary>Takes copies for the shadows that are to answer this request, too.</summary>
    /// <param name="serving">Entered by the caller.</param>
    /// <param name="call">Answered, by <paramref name="arm"/>.</param>
    public void Offer(ServingSet serving, ServedArm arm, PredictionCall call, ReadRequest read)
    {
        // What a candidate answers is no measure of another version.
        if (arm != serving.Stable)
            return;
        // By place: an enumerator of the interface would be allocated for every request.
        for (var i = 0; i < serving.Shadows.Count; i++)
        {
            var shadow = serving.Shadows[i];
            if (!shadow.Draw() || !serving.TryEnter())
                continue;
            var request = new ShadowRequest(serving, shadow, call, read);
            if (_waiting.Writer.TryWrite(request))
                continue;
            request.Dispose();
            _metrics.Dropped(shadow);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _working;
    }

    private async Task WorkAsync()
    {
        using var call = new PredictionCall();
        await foreach (var request in _waiting.Reader.ReadAllAsync())
        {
            using (request)
            {
                if (_state.IsStopping || _state.InFlight > _busy || _admission.IsBusy)
                    _metrics.Dropped(request.Shadow);
                else
                    await AnswerAsync(call, request);
            }
        }
    }

    private async Task AnswerAsync(PredictionCall call, ShadowRequest request)
    {
        var (generation, began) = (request.Shadow.Generation, _time.GetTimestamp());
        using var span = request.Trace == default ? null : Spans.Begin("shadow.predict", request.Trace);
        span?.SetTag("plumbline.version", generation.Model.Version);
        try
        {
            call.Clear();
            call.Body.Write(request.Body);
            call.Read(generation.Model, request.Read, _options.Limits);
            if (generation.Model.Aggregates is { } aggregates)
                await call.FetchAsync(aggregates, _time.GetUtcNow(), CancellationToken.None);
            call.Complete(generation.Model, _ids, generation.Number, new Deadline(_time, _options.Timeout));
            request.Shadow.Recorder.Answered(call.Answer, call.Request.Count, _time.GetElapsedTime(began));
            _metrics.Compared(request.Shadow, request.Count, request.CompareWith(call.Answer));
        }
        catch (ProblemException)
        {
            Fail(request);
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            Fail(request);
            ServerLog.ShadowFailed(_log, exception, generation.Model.Version);
        }
    }

    private void Fail(ShadowRequest request)
    {
        request.Shadow.Recorder.Failed();
        _metrics.Failed(request.Shadow);
    }
}
