using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Inference.Flags;
using Plumbline.Inference.Routing;
using Plumbline.Learning;
using Plumbline.Monitoring.Alerts;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Schedules;
using Plumbline.Registry.Gates;
using Plumbline.Rollouts;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Telemetry;

namespace Plumbline.Projects;

/// <summary>One classification task: what <c>plumbline.yaml</c> says, with defaults where it is silent. Immutable.</summary>
/// <param name="File">Full path of the file.</param>
/// <param name="Name">Also the experiment's name.</param>
/// <param name="Data">Null where the file names no data.</param>
/// <param name="Model">Name to register under.</param>
/// <param name="Store">Null: the file in the state folder.</param>
/// <param name="FeatureStore">Null where none is asked for; an embedded one has no folder yet.</param>
/// <param name="OpenLineage">Null where no endpoint is named.</param>
public sealed record Project(string File, string Name, IngestOptions? Data, TrainingOptions Training, string Model, ServerSettings Server, FeatureStoreOptions? FeatureStore = null, PostgresStoreOptions? Store = null, OpenLineageOptions? OpenLineage = null)
{
    /// <summary>What a version must hold before it is promoted.</summary>
    public GateOptions Gates { get; init; } = new();

    /// <summary>By name: what holds of feature flags that the metadata store does not have.</summary>
    public IReadOnlyDictionary<string, FlagDefinition> Flags { get; init; } = new Dictionary<string, FlagDefinition>();

    /// <summary>Where files are that other machines need; null: in the state folder alone.</summary>
    public ArtifactStoreOptions? Artifacts { get; init; }

    /// <summary>What a traffic plan has where nobody says otherwise.</summary>
    public TrafficSettings Traffic { get; init; } = new(RoutingUnit.Request, "");

    /// <summary>How a new version is rolled out; null where the file does not say.</summary>
    public RolloutTemplate? Rollout { get; init; }

    /// <summary>When the model is retrained; null where the file does not say: only a person begins.</summary>
    public RetrainingPolicy? Retraining { get; init; }

    /// <summary>When pipelines are run by themselves.</summary>
    public IReadOnlyList<PipelineSchedule> Schedules { get; init; } = [];

    /// <summary>Which runs of pipelines stay.</summary>
    public RunRetention Retention { get; init; } = new();

    /// <summary>What is an alert, and who is told.</summary>
    public AlertOptions Alerts { get; init; } = new();

    public const string FileName = "plumbline.yaml";

    /// <exception cref="ProjectException">The file is missing, no YAML, or says something that cannot be.</exception>
    public static Project Load(string path) => ProjectReader.Read(path);

    /// <summary>The project of a folder; null if it has no <see cref="FileName"/>.</summary>
    /// <exception cref="ProjectException">There is one, but it cannot be used.</exception>
    public static Project? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? Load(path) : null;
    }

    /// <summary>The metadata store that the project of a folder names; what else it says is not looked at. Null if there is no project or it names none.</summary>
    /// <exception cref="ProjectException">The file is no YAML, or the store cannot be used.</exception>
    public static PostgresStoreOptions? FindStore(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? ProjectReader.ReadStore(path) : null;
    }

    /// <summary>The artifact store that the project of a folder names; what else it says is not looked at. Null if there is no project or it names none.</summary>
    /// <exception cref="ProjectException">The file is no YAML, or the store cannot be used.</exception>
    public static ArtifactStoreOptions? FindArtifacts(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? ProjectReader.ReadArtifacts(path) : null;
    }

    /// <summary>Where the project of a folder has events sent; what else it says is not looked at. Null if there is no project or it names no endpoint.</summary>
    /// <exception cref="ProjectException">The file is no YAML, or the section cannot be used.</exception>
    public static OpenLineageOptions? FindOpenLineage(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? ProjectReader.ReadOpenLineage(path) : null;
    }

    /// <summary>Where the project of a folder has telemetry sent; what else it says is not looked at. Null if there is no project or it names no endpoint.</summary>
    /// <exception cref="ProjectException">The file is no YAML, or the section cannot be used.</exception>
    public static TelemetrySettings? FindTelemetry(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return System.IO.File.Exists(path) ? ProjectReader.ReadTelemetry(path) : null;
    }
}
