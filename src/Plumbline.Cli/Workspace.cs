using Plumbline.Pipelines;
using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;
using Plumbline.Tuning;

namespace Plumbline.Cli;

/// <summary>The state folder and the store that belongs to it, open.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    private readonly IMetadataStore _store;

    private Workspace(Home home, TimeProvider time)
    {
        Home = home;
        _store = OpenStore(home, time);
        Artifacts = new SharedArtifacts(home, time);
        Tracking = new TrackingStore(_store, time);
        Registry = new ModelRegistry(_store, Artifacts.HasBundle, time);
        Evidence = new EvidenceStore(home, Tracking, time);
        Promotions = new PromotionStore(_store, Evidence, time);
        Training = new TrainingPipeline(home, Tracking, _store, time);
        Studies = new StudyStore(_store, time);
        Contests = new ContestStore(_store, time);
        Pipelines = new PipelineStore(_store, time);
    }

    public Home Home { get; }

    public IMetadataStore Store => _store;

    public SharedArtifacts Artifacts { get; }

    public TrackingStore Tracking { get; }

    public ModelRegistry Registry { get; }

    public EvidenceStore Evidence { get; }

    public PromotionStore Promotions { get; }

    public TrainingPipeline Training { get; }

    public StudyStore Studies { get; }

    public ContestStore Contests { get; }

    public PipelineStore Pipelines { get; }

    /// <summary>The store alone, made if absent.</summary>
    public static IMetadataStore OpenStore(Home home, TimeProvider time) => home.Store is { } options ? PostgresMetadataStore.Open(options, time) : SqliteMetadataStore.Open(home.Database, time);

    /// <summary>Opens the store, made if absent.</summary>
    public static Workspace Open(Home home, TimeProvider time) => new(home, time);

    /// <exception cref="MetadataException">NotFound: there is no store, and asking for what is in it must not make one.</exception>
    public static Workspace OpenExisting(Home home, TimeProvider time) => home.Store is not null || File.Exists(home.Database)
        ? new Workspace(home, time)
        : throw new MetadataException(MetadataError.NotFound, $"{home.Root} holds nothing yet. Begin with plumbline quickstart or train, or name another state folder with --home.");

    public ValueTask DisposeAsync()
    {
        Artifacts.Dispose();
        return _store.DisposeAsync();
    }
}
