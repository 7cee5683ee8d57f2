namespace Plumbline.Cli;

/// <summary>What the process ends with; docs/cli.md says the same to users.</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>A fault of the program or its surroundings that no other code names.</summary>
    Unexpected = 1,

    /// <summary>An option, argument or <c>plumbline.yaml</c> is wrong.</summary>
    Usage = 2,

    /// <summary>The data cannot be used.</summary>
    Data = 3,

    /// <summary>The bundle cannot be used.</summary>
    Bundle = 4,

    /// <summary>The metadata store or the registry refused.</summary>
    Metadata = 5,

    /// <summary>The address or port cannot be listened on; another server cannot be reached, or refused; events cannot be sent.</summary>
    Network = 6,

    /// <summary>The feature store refused or cannot be reached.</summary>
    FeatureStore = 7,

    /// <summary>A version did not pass the gates that were declared, and was not promoted.</summary>
    Gates = 8,

    /// <summary>A run of a pipeline failed or was cancelled.</summary>
    Pipeline = 9,

    /// <summary>Stopped by SIGINT or SIGTERM: 128 + 2, as shells have it.</summary>
    Interrupted = 130,
}
