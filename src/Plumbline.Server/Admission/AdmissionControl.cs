using System.Diagnostics;
using Plumbline.Server.Generations;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Server.Admission;

/// <summary>
/// Decides which predictions are computed, when and with which others: <c>docs/specs/admission.md</c>. What takes less than handing it over would is computed where it is. Thread-safe.
/// </summary>
internal sealed class AdmissionControl : IDisposable
{
    /// <summary>Attribute of a span: texts that it is of.</summary>
    private const string Items = "plumbline.items";

    /// <summary>Seconds up to which a request is computed at once, on the thread that read it.</summary>
    private const double Light = 0.001;

    /// <summary>Likewise where the model gains by batches.</summary>
    private const double LightBatch = 0.0002;

    /// <summary>Of so many light requests one is observed, by the clock: an observation is written where all processors read.</summary>
    private const int Sampling = 8;

    /// <summary>
    /// Share of a request's deadline from which on some are refused, and where the refused are most: between, a part that grows evenly (Floyd &amp; Jacobson 1993), so that the delay settles there. On its way
    /// through the server a request waits for a thread about four times.
    /// </summary>
    private const double FirstRefused = 0.125, LastRefused = 0.5;

    /// <summary>Part of the requests that is refused at most, so that somebody is answered where all who are refused come again at once.</summary>
    private const double MostRefused = 0.9;

    /// <summary>2⁶⁴ ÷ golden ratio: multiples of it are spread as evenly as can be (Knuth 1973, §6.4).</summary>
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Of a delay, whatever the deadline.</summary>
    private static readonly TimeSpan Negligible = TimeSpan.FromMilliseconds(0.25);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim _waiting = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly AdmissionQueue _queue;
    private readonly SocketDelay _delay;
    private readonly Lazy<Thread[]> _workers;
    private readonly AdmissionOptions _options;
    private readonly int[] _mostInside;
    private readonly bool _hasKeys;
    private readonly RequestIds _ids;
    private readonly AdmissionMetrics _metrics;
    private readonly ShedLog _log;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeping;
    private int _isSweeping;
    private int _inside;
    private ulong _drawn;

    public AdmissionControl(ServerOptions options, RequestIds ids, ServerMetrics metrics, ILogger log, TimeProvider time)
    {
        (_options, _hasKeys, _ids, _metrics, _time) = (options.Admission, options.ApiKeys.Count > 0, ids, metrics.Admission, time);
        // Those of a priority never keep out those of a higher one.
        var most = (long)_options.QueueTexts + _options.Concurrency;
        _mostInside = [(int)Math.Min(2 * most, int.MaxValue), (int)Math.Min(most, int.MaxValue), (int)Math.Min((most + 1) / 2, int.MaxValue)];
        _log = new ShedLog(log, time);
        _queue = new AdmissionQueue(_options, time);
        _delay = new SocketDelay(time);
        _workers = new Lazy<Thread[]>(Start);
        _sweeping = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        metrics.Registry.AddBeforeCollectCallback(() => _metrics.Refresh(_queue, _delay.Value));
    }

    /// <summary>Whether requests wait, so that nothing else should be computed.</summary>
    public bool IsBusy => !_queue.IsEmpty;

    /// <summary>Looks at a request before anything of its body is read. What waits for a thread for long cannot be answered in time by the time that it has one, and to refuse it here costs least.</summary>
    /// <returns>When to come again; null where it may be read.</returns>
    /// <exception cref="ProblemException">A header is wrong.</exception>
    public TimeSpan? Refuse(HttpRequest request, TimeSpan limit)
    {
        var delay = _delay.Value;
        if (delay < Negligible)
            return null;
        var priority = RequestPriorities.Of(request, _hasKeys);
        var refused = Refused(delay, Deadline.Of(request, _time, limit).Limit, WaitOf(priority));
        if (refused == 0 || (Interlocked.Increment(ref _drawn) * Golden >> 11) >= refused * (1UL << 53))
            return null;
        _metrics.Shed(ShedReason.Wait, priority);
        _log.Shed();
        return delay;
    }

    /// <summary>Lets a request in whose body has arrived.</summary>
    /// <returns>To be disposed of once it is answered.</returns>
    /// <exception cref="ProblemException">Too much is asked for at once, or a header is wrong.</exception>
    public Admitted Enter(HttpRequest request, Deadline deadline)
    {
        var priority = RequestPriorities.Of(request, _hasKeys);
        var delay = _delay.Value;
        if (delay > deadline.Left || delay > WaitOf(priority))
            throw Shed(ShedReason.Wait, priority, delay);
        if (Interlocked.Increment(ref _inside) <= _mostInside[(int)priority])
            return new Admitted(this);
        Interlocked.Decrement(ref _inside);
        throw Shed(ShedReason.Full, priority, _queue.Drain());
    }

    /// <summary>Computes the answer to what was read; waits only for what takes long.</summary>
    /// <param name="generation">Entered by the caller.</param>
    /// <exception cref="ProblemException">It would be too late, or is, or too much is asked for at once.</exception>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    public ValueTask ComputeAsync(HttpContext context, PredictionCall call, Generation generation, Deadline deadline)
    {
        var model = generation.Model;
        var service = model.ServiceTimeOf(call.Request);
        var most = call.Request.Explain > 0 ? 1 : Math.Min(model.Predictor.MostTexts, _options.BatchTexts);
        var (known, texts) = (call.Cached.Known, call.Request.Count);
        if (known < texts && service.Mean(texts - known) > (most > 1 ? LightBatch : Light))
            return WaitAsync(new QueuedPrediction(call, generation, deadline with { Gone = context.RequestAborted }, RequestPriorities.Of(context.Request, _hasKeys), most));
        using var span = Spans.Inside("predict");
        span?.SetTag(Items, call.Request.Count);
        var began = _time.GetTimestamp();
        try
        {
            call.Compute(model, _ids, generation.Number, deadline);
        }
        catch (ProblemException)
        {
            service.ObserveAtLeast(texts, _time.GetElapsedTime(began));
            throw;
        }
        // What is not computed takes no time; and one by one, texts of a model that takes several at once take what says nothing of that.
        if ((began % Sampling == 0 || service.Mean(1) == 0) && (most == 1 || texts == 1) && known == 0)
            service.Observe(texts, _time.GetElapsedTime(began));
        return ValueTask.CompletedTask;
    }

    /// <summary>Share of the requests of a deadline that are refused unread.</summary>
    /// <param name="delay">That what arrives waits for a thread.</param>
    /// <param name="wait">For which they may wait, whatever the deadline.</param>
    internal static double Refused(TimeSpan delay, TimeSpan deadline, TimeSpan wait) =>
        delay > wait ? MostRefused : Math.Clamp(((delay / deadline) - FirstRefused) / (LastRefused - FirstRefused), 0, MostRefused);

    /// <summary>Ends once nothing waits any more and what is computed is done.</summary>
    public void Dispose()
    {
        _delay.Dispose();
        _stop.Cancel();
        if (_workers.IsValueCreated)
        {
            foreach (var worker in _workers.Value)
                worker.Join();
        }
        _sweeping.Dispose();
        _waiting.Dispose();
        _stop.Dispose();
    }

    private async ValueTask WaitAsync(QueuedPrediction entry)
    {
        if (entry.Most > 1)
            entry.Call.Answer.Begin(entry.Generation.Model, entry.Call.Request, _ids, entry.Generation.Number, entry.Call.Cached);
        if (_queue.Add(entry) is { } refusal)
            throw Shed(refusal.Reason, entry.Priority, refusal.RetryAfter);
        _ = _workers.Value;
        _waiting.Release();
        if (Interlocked.Exchange(ref _isSweeping, 1) == 0)
            _sweeping.Change(SweepPeriod, Timeout.InfiniteTimeSpan);
        var dropped = await entry.Answered;
        Trace(entry);
        if (dropped is null)
            return;
        if (dropped != ShedReason.Gone)
            throw Shed(dropped.Value, entry.Priority, _queue.Drain());
        _metrics.Shed(ShedReason.Gone, entry.Priority);
        throw new OperationCanceledException(entry.Deadline.Gone);
    }

    /// <summary>Tells what a request that is recorded waited for, and what was computed on another thread meanwhile.</summary>
    private void Trace(QueuedPrediction entry)
    {
        if (Activity.Current is not { Recorded: true })
            return;
        var now = _time.GetUtcNow();
        var taken = entry.Taken is { } at ? now - _time.GetElapsedTime(at) : now;
        Spans.Record("admission.wait", now - _time.GetElapsedTime(entry.Since), taken);
        if (entry.Taken is not null)
            Spans.Record("predict", taken, now, Items, entry.Texts);
    }

    /// <summary>For which requests of a priority may wait.</summary>
    private TimeSpan WaitOf(RequestPriority priority) => priority == RequestPriority.Low ? _options.Wait / 2 : _options.Wait;

    private ProblemException Shed(ShedReason reason, RequestPriority priority, TimeSpan retryAfter)
    {
        _metrics.Shed(reason, priority);
        _log.Shed();
        return new ProblemException(Problem.Overloaded(retryAfter));
    }

    /// <summary>Goes on as long as anything waits.</summary>
    private void Sweep()
    {
        _queue.Sweep();
        Volatile.Write(ref _isSweeping, 0);
        if (!_queue.IsEmpty && Interlocked.Exchange(ref _isSweeping, 1) == 0)
            _sweeping.Change(SweepPeriod, Timeout.InfiniteTimeSpan);
    }

    private Thread[] Start()
    {
        var threads = new Thread[_options.Concurrency];
        for (var number = 0; number < threads.Length; number++)
        {
            var worker = new PredictionWorker(number, _queue, _metrics, _ids, _time);
            threads[number] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"plumbline-predict-{number}" };
            // What the first request that waits carries along, such as its trace, is not theirs.
            threads[number].UnsafeStart();
        }
        return threads;
    }

    private void Work(PredictionWorker worker)
    {
        try
        {
            while (true)
            {
                _waiting.Wait(_stop.Token);
                worker.TryWork();
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits any more but those that came before: their callers hold connections that are closed by now.
            while (worker.TryWork())
            {
            }
        }
    }

    /// <summary>A request that was let in.</summary>
    public readonly struct Admitted(AdmissionControl control) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref control._inside);
    }
}
