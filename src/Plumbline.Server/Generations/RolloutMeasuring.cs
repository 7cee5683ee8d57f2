using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Generations;

/// <summary>Sends what this process counts of the versions of a rollout. What could not be sent is sent with what comes next. For one caller at a time.</summary>
/// <param name="process">Names this process.</param>
internal sealed class RolloutMeasuring(DeploymentOptions options, ServerState state, string process, TimeProvider time)
{
    /// <summary>Windows that wait at most; after that they grow instead.</summary>
    private const int MostUnsent = 200;

    private readonly List<Measurement> _unsent = [];
    private readonly List<(ServedArm Arm, bool IsShadow, DateTimeOffset Until)> _replaced = [];
    private string? _rollout;
    private (string Rollout, int Step)? _replayed;
    private Task<IReadOnlyList<Measurement>>? _replaying;
    private long _sent = time.GetTimestamp();
    private DateTimeOffset _last = time.GetUtcNow();

    /// <summary>Counts of a version that gets a part in a plan.</summary>
    public VersionRecorder Recorder(PlannedTraffic planned, ServedModel model)
    {
        if (planned.Rollout != _rollout)
            Begin(planned.Rollout);
        return new VersionRecorder(model.Predictor.Labels, Now());
    }

    /// <summary>Says that a set serves no more; what its versions counted is still to be sent.</summary>
    public void Replaced(ServingSet? old, ServingSet next)
    {
        if (old is null || _rollout is null)
            return;
        var going = Parts(next).Select(part => part.Arm.Recorder).ToHashSet();
        _replaced.AddRange(Parts(old).Where(part => !going.Contains(part.Arm.Recorder)).Select(part => (part.Arm, part.IsShadow, Now())));
    }

    /// <param name="rollout">The one that runs; null: none, and nothing is to be sent.</param>
    /// <returns>False where it is not time yet.</returns>
    public async Task<bool> TrySendAsync(IDeploymentSource source, string? rollout, CancellationToken stop)
    {
        if (rollout != _rollout)
            Begin(rollout);
        if (rollout is null)
            return true;
        if (time.GetElapsedTime(_sent) < options.Measure)
            return false;
        _sent = time.GetTimestamp();
        Collect();
        await ReplayAsync(source, rollout, stop);
        await source.MeasureAsync(rollout, _unsent, stop);
        _unsent.Clear();
        return true;
    }

    /// <summary>Waits for what goes on beside; it was told to stop.</summary>
    public async Task EndAsync()
    {
        if (_replaying is not null)
            await ((Task)_replaying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Once a step, beside what is served; what it gives is sent with what comes then.</summary>
    private async Task ReplayAsync(IDeploymentSource source, string rollout, CancellationToken stop)
    {
        if (options.Predictions is not { } folder)
            return;
        if (_replaying is { IsCompleted: true } done)
        {
            _replaying = null;
            if (!done.IsCompletedSuccessfully)
                _replayed = null;
            _unsent.AddRange(await done);
        }
        if (_replaying is not null || await source.FindRolloutAsync(rollout, stop) is not { State.Phase: RolloutPhase.Running, Definition.Replay: { } back } found || _replayed == (rollout, found.State.Step))
            return;
        if (state.Enter() is not { } serving)
            return;
        if (!Replay.CanRun(found, serving))
        {
            serving.Leave();
            return;
        }
        _replayed = (rollout, found.State.Step);
        _replaying = Task.Run(
            () =>
            {
                try
                {
                    return Replay.Run(found, back, folder, serving, time, stop);
                }
                finally
                {
                    serving.Leave();
                }
            },
            CancellationToken.None);
    }

    /// <summary>Later than the last one, whatever the clock does: where it is set back, a version that is bad must not go unmeasured until it is where it was.</summary>
    private DateTimeOffset Now() => _last = time.GetUtcNow() is var now && now > _last ? now : _last.AddMilliseconds(1);

    private void Begin(string? rollout)
    {
        _rollout = rollout;
        _unsent.Clear();
        _replaced.Clear();
    }

    private void Collect()
    {
        if (_unsent.Count >= MostUnsent)
            return;
        foreach (var (arm, isShadow, until) in _replaced)
            Take(arm, isShadow, until);
        _replaced.Clear();
        if (state.Enter() is not { } serving)
            return;
        try
        {
            foreach (var (arm, isShadow) in Parts(serving))
                Take(arm, isShadow, Now());
        }
        finally
        {
            serving.Leave();
        }
    }

    private void Take(ServedArm arm, bool isShadow, DateTimeOffset until)
    {
        if (arm.Recorder.TakeWindow(arm.Generation.Model.Version, process, until) is not { } window)
            return;
        if (arm.Generation.Model.Drift?.Latest is { Features.Count: > 0 } drift)
            window = window with { Sums = window.Sums with { InputDrift = drift.InputDrift, OutputDrift = drift.OutputDrift } };
        // What a shadow answers nobody waits for: it says how the version differs, not how it serves.
        _unsent.Add(isShadow ? window with { Source = $"{process}/shadow", Sums = new VersionSums { Compared = window.Sums.Compared } } : window);
    }

    private static IEnumerable<(ServedArm Arm, bool IsShadow)> Parts(ServingSet serving) => serving.Arms.Select(arm => (arm, false)).Concat(serving.Shadows.Select(shadow => (shadow, true)));
}
