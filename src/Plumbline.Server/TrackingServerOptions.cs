using Microsoft.Extensions.Options;
using Plumbline.Storage;

namespace Plumbline.Server;

/// <summary>Whose runs to serve and to whom. Immutable. <see cref="Validate"/> is called when the server starts.</summary>
public sealed record TrackingServerOptions : ListenerOptions
{
    /// <summary>MLflow's own.</summary>
    public const int DefaultPort = 5000;

    public TrackingServerOptions() => Port = DefaultPort;

    /// <summary>Where artifacts are; the store is opened by the caller.</summary>
    public required Home Home { get; init; }

    /// <summary>Of a body, but for that of an artifact.</summary>
    public int BodyBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Within which a body must have arrived, but for that of an artifact.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="OptionsValidationException">Names every key that is wrong, and why.</exception>
    public void Validate()
    {
        var faults = ListenerFaults().ToArray();
        if (faults.Length > 0)
            throw new OptionsValidationException("server", typeof(TrackingServerOptions), faults);
    }
}
