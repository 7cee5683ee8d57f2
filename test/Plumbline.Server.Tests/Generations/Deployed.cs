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

    public static string[] Bundles { get; } = [TestBundle.Directory, TestBundle.Other];

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
        Deployment = new DeploymentOptions { Model = Model, Open = () => new Source(this), LastGood = LastGood, Poll = TimeSpan.FromMilliseconds(5), Measure = TimeSpan.FromMilliseconds(50) },
    };

    public static Task<Deployed> WithChampionAsync() => WithChampionAsync(Bundles);

    /// <param name="bundles">Or graphs of ONNX.</param>
    public static async Task<Deployed> WithChampionAsync(string[] bundles)
    {
        var deployed = new Deployed(bundles);
        foreach (var bundle in bundles)
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

        public Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) =>
            Task.FromResult(deployed.Missing.Contains(version.Version) ? "/nowhere" : deployed.Versions[version.Version - 1]);

        public async Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation)
        {
            if (deployed.IsFull)
                throw new IOException("No space left on device");
            await deployed.Rollouts.ReportAsync(rollout, measurements, cancellation);
            await deployed.Rollouts.AnalyseAsync(rollout, cancellation);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
