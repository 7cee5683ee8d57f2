using Plumbline.Server.Generations;

namespace Plumbline.Server.Hosting;

/// <summary>What the prediction server is doing, and what it serves. Thread-safe.</summary>
internal sealed class ServerState(TimeProvider time) : HostState(time)
{
    private ServingSet? _serving;

    public override bool IsReady => Volatile.Read(ref _serving) is not null && base.IsReady;

    /// <summary>What is to be known of the deployment though predictions go on; null: nothing.</summary>
    public IReadOnlyList<string> Stale { get; set; } = [];

    /// <summary>Likewise of what is kept of predictions.</summary>
    public Func<IEnumerable<string>> Unkept { get; set; } = () => [];

    /// <summary>What serves now, entered: who gets it must leave it. Null until a version is loaded, self-checked and warm.</summary>
    public ServingSet? Enter()
    {
        while (Volatile.Read(ref _serving) is { } serving)
        {
            if (serving.TryEnter())
                return serving;
        }
        return null;
    }

    /// <summary>From now on another one serves; null: none.</summary>
    public void Serve(ServingSet? next) => Interlocked.Exchange(ref _serving, next)?.Retire();

    /// <summary>Why <see cref="IsReady"/> is false.</summary>
    public IEnumerable<string> Reasons()
    {
        if (Volatile.Read(ref _serving) is null)
            yield return "the model is being loaded";
        if (IsStopping)
            yield return "the server is stopping";
    }
}
