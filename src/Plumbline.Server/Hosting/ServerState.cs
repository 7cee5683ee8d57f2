using Plumbline.Server.Predictions;

namespace Plumbline.Server.Hosting;

/// <summary>What the server is doing: which model it serves, whether it is stopping, what is in flight. Thread-safe.</summary>
internal sealed class ServerState(TimeProvider time)
{
    private ServedModel? _model;
    private int _inFlight;
    private long _lastRequest = time.GetTimestamp();

    /// <summary>Null until one is loaded, self-checked and warm.</summary>
    public ServedModel? Model
    {
        get => Volatile.Read(ref _model);
        set => Volatile.Write(ref _model, value);
    }

    public bool IsStopping { get; private set; }

    public int InFlight => Volatile.Read(ref _inFlight);

    public bool IsReady => Model is not null && !IsStopping;

    /// <summary>How long no request has begun or ended; zero while one is in flight.</summary>
    public TimeSpan Quiet => InFlight > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastRequest));

    /// <summary>Why <see cref="IsReady"/> is false.</summary>
    public IEnumerable<string> Reasons()
    {
        if (Model is null)
            yield return "the model is being loaded";
        if (IsStopping)
            yield return "the server is stopping";
    }

    public void Stop() => IsStopping = true;

    public void RequestBegan() => Interlocked.Increment(ref _inFlight);

    /// <param name="timestamp">Of <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void RequestEnded(long timestamp)
    {
        Volatile.Write(ref _lastRequest, timestamp);
        Interlocked.Decrement(ref _inFlight);
    }
}
