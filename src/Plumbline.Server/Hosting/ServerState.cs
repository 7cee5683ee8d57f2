using Plumbline.Server.Predictions;

namespace Plumbline.Server.Hosting;

/// <summary>What the prediction server is doing, and which model it serves. Thread-safe.</summary>
internal sealed class ServerState(TimeProvider time) : HostState(time)
{
    private ServedModel? _model;

    /// <summary>Null until one is loaded, self-checked and warm.</summary>
    public ServedModel? Model
    {
        get => Volatile.Read(ref _model);
        set => Volatile.Write(ref _model, value);
    }

    public override bool IsReady => Model is not null && base.IsReady;

    /// <summary>Why <see cref="IsReady"/> is false.</summary>
    public IEnumerable<string> Reasons()
    {
        if (Model is null)
            yield return "the model is being loaded";
        if (IsStopping)
            yield return "the server is stopping";
    }
}
