using Plumbline.Inference.Flags;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Prometheus;

namespace Plumbline.Server.Flags;

/// <summary>
/// Follows the flags of a metadata store and answers what they are. When the store does not answer, the last known flags hold. Thread-safe; where no flag is defined, or the flag is the same for everybody,
/// asking allocates nothing.
/// </summary>
internal sealed class ServedFlags : IAsyncDisposable
{
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly FlagOptions _options;
    private readonly AccessGate _gate;
    private readonly string? _model;
    private readonly Counter _evaluations;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly DeferredStore? _store;
    private readonly Task _following;
    private FlagsInForce _current;

    /// <summary>Unix ms since when the store does not answer; 0: it does.</summary>
    private long _lostAt;
    private string? _lostFor;
    private bool _isRead;

    /// <param name="options">Null: there are none.</param>
    /// <param name="model">Registered name of what is served; null without one.</param>
    public ServedFlags(FlagOptions? options, AccessGate gate, string? model, ServerMetrics metrics, ILogger log, TimeProvider time)
    {
        (_options, _gate, _model, _log, _time) = (options ?? new FlagOptions(), gate, model, log, time);
        var create = Metrics.WithCustomRegistry(metrics.Registry);
        _evaluations = create.CreateCounter("plumbline_flag_evaluations_total", "What flags were found to be.", ["flag", "outcome"]);
        var revision = create.CreateGauge("plumbline_flags_revision", "Number of the last change of any flag that holds here.");
        metrics.Registry.AddBeforeCollectCallback(() => revision.Set(_current!.Known.Revision));
        _current = InForce((_options.LastKnown is { } file ? KnownFlags.TryRead(file) : null) ?? KnownFlags.None);
        _store = _options.Open is { } open ? new DeferredStore(open) : null;
        _following = _store is null ? Task.CompletedTask : Task.Run(FollowAsync);
    }

    public FlagsInForce Current => Volatile.Read(ref _current);

    /// <summary>Whether flags can be changed here.</summary>
    public bool HasStore => _store is not null;

    /// <summary>Whether the store has not been read for a while, and flags may be others there.</summary>
    public bool IsStale => Volatile.Read(ref _lostAt) != 0;

    /// <summary>What is to be known though requests go on.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Volatile.Read(ref _lostAt) is not 0 and var lost)
            yield return $"the flags have not been known since {DateTimeOffset.FromUnixTimeMilliseconds(lost):yyyy-MM-dd'T'HH:mm:ss'Z'}; what held then holds on, and the log says why";
    }

    /// <summary>Whether a flag of the server's own is on for a request; where it is not defined, or cannot be evaluated, it is.</summary>
    public ValueTask<bool> IsOnAsync(ServerFeature flag, HttpContext context, PredictionCall call)
    {
        var flags = Current;
        if (flags.Find(flag) is not { } served)
            return new(true);
        if (flags.Evaluator.Constant(served.Name) is not { } constant)
            return IsOnAsync(flags, served, context, call);
        served.Count(constant.Enabled);
        return new(constant.Enabled);
    }

    /// <summary>Evaluates a flag, and counts that.</summary>
    /// <param name="flags">That have it.</param>
    public static async ValueTask<FlagEvaluation> EvaluateAsync(FlagsInForce flags, ServedFlag flag, FlagContext context)
    {
        try
        {
            var evaluated = await flags.Evaluator.EvaluateAsync(flag.Name, context);
            flag.Count(evaluated.Enabled);
            return evaluated;
        }
        catch
        {
            flag.CountFailure();
            throw;
        }
    }

    /// <summary>Changes flags of the store, after which they hold here.</summary>
    /// <exception cref="MetadataException">As of the change; Unavailable: the store does not answer.</exception>
    public async Task<T> ChangeAsync<T>(Func<FlagStore, CancellationToken, Task<T>> change, CancellationToken cancellation)
    {
        var store = new FlagStore(await _store!.OpenAsync(cancellation), _time);
        var changed = await change(store, cancellation);
        await ReadAsync(store, cancellation);
        return changed;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        if (_store is not null)
            await _store.DisposeAsync();
        _reading.Dispose();
        _stop.Dispose();
    }

    private async ValueTask<bool> IsOnAsync(FlagsInForce flags, ServedFlag flag, HttpContext context, PredictionCall call)
    {
        try
        {
            var evaluator = flags.Evaluator;
            var asked = evaluator.AsksForUser(flag.Name) || evaluator.AsksForGroups(flag.Name)
                ? RequestContext.Of(context, call, _gate, _model, evaluator.AsksForGroups(flag.Name))
                : FlagContext.Nobody;
            return (await EvaluateAsync(flags, flag, asked)).Enabled;
        }
        // Whatever a flag cannot be evaluated for, callers get their answers.
        catch (Exception exception)
        {
            ServerLog.FlagFailed(_log, exception, flag.Name);
            return true;
        }
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync();
                _lostFor = null;
                Volatile.Write(ref _lostAt, 0);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is, requests go on, and the next look may find it mended.
            catch (Exception exception)
            {
                Lose(_time.GetUtcNow());
                if (_lostFor != exception.Message)
                    ServerLog.FlagsUnknown(_log, exception.Message);
                _lostFor = exception.Message;
            }
            await Task.Delay(_options.Poll, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A store that does not answer is asked for many seconds before it is given up; that is told before.</summary>
    private async Task LookAsync()
    {
        var (asked, reading) = (_time.GetUtcNow(), OpenAndReadAsync());
        try
        {
            await reading.WaitAsync(LongestRead, _time, CancellationToken.None);
        }
        catch (TimeoutException) when (!reading.IsCompleted)
        {
            Lose(asked);
            await reading;
        }
    }

    private async Task OpenAndReadAsync() => await ReadAsync(new FlagStore(await _store!.OpenAsync(_stop.Token), _time), _stop.Token);

    private void Lose(DateTimeOffset since) => Interlocked.CompareExchange(ref _lostAt, since.ToUnixTimeMilliseconds(), 0);

    private async Task ReadAsync(FlagStore store, CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        try
        {
            if (_isRead && await store.RevisionAsync(cancellation) == _current.Known.Revision)
                return;
            var known = await store.ReadAsync(cancellation);
            Volatile.Write(ref _current, InForce(known));
            _isRead = true;
            ServerLog.Flags(_log, known.Revision, string.Join(", ", known.Flags.Keys));
            Remember(known);
        }
        finally
        {
            _reading.Release();
        }
    }

    private FlagsInForce InForce(KnownFlags known) => new(known, _options.Defaults, _evaluations, _time);

    private void Remember(KnownFlags known)
    {
        if (_options.LastKnown is not { } file)
            return;
        try
        {
            known.Write(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ServerLog.FlagsNotRemembered(_log, file, exception.Message);
        }
    }
}
