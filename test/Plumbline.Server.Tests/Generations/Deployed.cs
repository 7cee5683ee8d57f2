using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Storage;

namespace Plumbline.Server.Tests.Generations;

/// <summary>A registered model with two versions in a store of its own, which servers can follow.</summary>
internal sealed class Deployed : IAsyncDisposable
{
    public const string Model = "reviews";

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteMetadataStore _store;

    private Deployed(string[] bundles)
    {
        Versions = bundles;
        _store = SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);
        Registry = new ModelRegistry(_store, _ => true, TimeProvider.System);
        Plans = new TrafficPlans(_store, TimeProvider.System);
        Rollouts = new RolloutStore(_store, TimeProvider.System);
    }

    /// <summary>What the versions are, from 1.</summary>
    public string[] Versions { get; }

    public ModelRegistry Registry { get; }

    public TrafficPlans Plans { get; }

    public RolloutStore Rollouts { get; }

    public string LastGood => _folder.File("serving/reviews.json");

    /// <summary>Set, the store answers nobody: what it throws.</summary>
    public volatile Exception? Fault;

    /// <summary>Set, measurements are kept nowhere.</summary>
    public volatile bool IsFull;

    /// <summary>Versions whose bundle is not there.</summary>
    public HashSet<long> Missing { get; } = [];

    /// <summary>Of what servers follow; they look every few milliseconds.</summary>
    public ServerOptions Options => RunningServer.Options with
    {
        Bundle = Versions[0],
        ModelVersion = 1,
        Deployment = new DeploymentOptions
        {
            Model = Model,
            Open = () => new Source(this),
            OpenStore = OpenStore,
            LastGood = LastGood,
            Poll = TimeSpan.FromMilliseconds(5),
            Measure = TimeSpan.FromMilliseconds(50),
        },
    };

    /// <summary>Folder of prediction logs.</summary>
    public string Predictions => _folder.File("predictions");

    /// <summary>As <see cref="Options"/>, of servers that log and take feedback.</summary>
    public ServerOptions Logging => Options with
    {
        PredictionLog = new PredictionLogOptions { Folder = Predictions, Text = true },
        Feedback = new FeedbackOptions { Open = OpenStore, Predictions = Predictions },
        Deployment = Options.Deployment! with { Predictions = Predictions },
    };

    /// <summary>As <see cref="Options"/>, of servers that look once and then wait to be told.</summary>
    public ServerOptions Told => Options with { Deployment = Options.Deployment! with { Poll = TimeSpan.FromHours(1) } };

    /// <summary>The store once more, as another process has it.</summary>
    public SqliteMetadataStore OpenStore() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    /// <param name="bundles">None: two that differ a little.</param>
    public static async Task<Deployed> WithChampionAsync(params string[] bundles)
    {
        var deployed = new Deployed(bundles.Length == 0 ? [TestBundle.Directory, TestBundle.Other] : bundles);
        foreach (var bundle in deployed.Versions)
            await deployed.Registry.RegisterAsync(Model, new NewModelVersion { BundleDigest = Path.GetFileName(bundle) }, "tests");
        await deployed.PromoteAsync(1);
        return deployed;
    }

    public Task PromoteAsync(long version) => Registry.SetAliasAsync(Model, "champion", version, "tests", "");

    public Task PlanAsync(TrafficPlan plan) => Plans.SetAsync(Model, plan, null, "tests", "");

    public Task<IReadOnlyList<AuditEvent>> EventsAsync(string subject) => new EventLog(_store).ListAsync(subject);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Waits until it is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
            await Task.Delay(5, patience.Token);
    }

    private sealed class Source(Deployed deployed) : IDeploymentSource
    {
        public Task<PlannedTraffic> ReadAsync(CancellationToken cancellation) => deployed.Fault is { } fault ? throw fault : deployed.Plans.ResolveAsync(Model, cancellation);

        public Task WatchAsync(Action changed, CancellationToken cancellation) => deployed._store.WatchAsync(changed, TimeProvider.System, cancellation);

        public async Task<StoredRollout?> FindRolloutAsync(string rollout, CancellationToken cancellation) => await deployed.Rollouts.GetAsync(rollout, cancellation);

        public Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) =>
            Task.FromResult(deployed.Missing.Contains(version.Version) ? "/nowhere" : deployed.Versions[version.Version - 1]);

        public async Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation)
        {
            if (deployed.IsFull)
                throw new IOException("No space left on device");
            await deployed.Rollouts.ReportAsync(rollout, measurements, cancellation);
            await deployed.Rollouts.CountFeedbackAsync(rollout, cancellation);
            await deployed.Rollouts.AnalyseAsync(rollout, cancellation);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
