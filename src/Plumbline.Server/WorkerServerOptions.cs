using Microsoft.Extensions.Options;

namespace Plumbline.Server;

/// <summary>Where a worker of pipelines tells how it is. Immutable. <see cref="Validate"/> is called when the server starts.</summary>
public sealed record WorkerServerOptions : ListenerOptions
{
    /// <summary>What is told of the project; null: nothing.</summary>
    public WatchedProject? Watched { get; init; }

    /// <exception cref="OptionsValidationException">Names every key that is wrong, and why.</exception>
    public void Validate()
    {
        var faults = ListenerFaults().ToArray();
        if (faults.Length > 0)
            throw new OptionsValidationException("server", typeof(WorkerServerOptions), faults);
    }
}
