using Plumbline.Inference.Routing;
using Plumbline.Projects;
using Plumbline.Registry;
using Plumbline.Rollouts;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli;

/// <summary>What servers of a model follow: its traffic plan in a state folder's store.</summary>
internal sealed class Deployment : IDeploymentSource
{
    private readonly Workspace _workspace;
    private readonly TrafficPlans _plans;
    private readonly RolloutStore _rollouts;
    private readonly string _model;
    private readonly TimeProvider _time;

    private Deployment(Workspace workspace, string model, TimeProvider time) =>
        (_workspace, _plans, _rollouts, _model, _time) = (workspace, new TrafficPlans(workspace.Store, time), new RolloutStore(workspace.Store, time), model, time);

    public static DeploymentOptions Options(Home home, string model, ServerSettings settings, RolloutTemplate? rollout, TimeProvider time)
    {
        var options = new DeploymentOptions
        {
            Model = model,
            Open = () => new Deployment(Workspace.OpenExisting(home, time), model, time),
            OpenStore = () => Workspace.OpenStore(home, time),
            Rollout = rollout,
            Predictions = settings.PredictionLog.Enabled == false ? null : home.Predictions,
            LastGood = LastGoodOf(home, model),
        };
        return options with
        {
            Poll = settings.PollSeconds is { } poll ? TimeSpan.FromSeconds(poll) : options.Poll,
            Measure = settings.MeasureSeconds is { } measure ? TimeSpan.FromSeconds(measure) : options.Measure,
        };
    }

    /// <summary>File that tells which version a server of the model served last.</summary>
    public static string LastGoodOf(Home home, string model) => Path.Combine(home.Serving, $"{model}.json");

    public Task WatchAsync(Action changed, CancellationToken cancellation) => _workspace.Store.WatchAsync(changed, _time, cancellation);

    public Task<PlannedTraffic> ReadAsync(CancellationToken cancellation) => _plans.ResolveAsync(_model, cancellation);

    public async Task<string> LocateAsync(ModelVersion version, CancellationToken cancellation) => (await ServableModel.LocateAsync(_workspace, version, cancellation)).Directory;

    public async Task<StoredRollout?> FindRolloutAsync(string rollout, CancellationToken cancellation) => await _rollouts.GetAsync(rollout, cancellation);

    public async Task MeasureAsync(string rollout, IReadOnlyList<Measurement> measurements, CancellationToken cancellation)
    {
        await _rollouts.ReportAsync(rollout, measurements, cancellation);
        await _rollouts.CountFeedbackAsync(rollout, cancellation);
        await _rollouts.AnalyseAsync(rollout, cancellation);
    }

    public ValueTask DisposeAsync() => _workspace.DisposeAsync();
}
