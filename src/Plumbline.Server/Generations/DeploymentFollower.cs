using Plumbline.Bundles;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Server.Generations;

/// <summary>
/// Keeps what a server serves as the traffic plan says: looks at it whenever it is told of a change, and every so often, loads what is missing beside what serves, and exchanges one reference. What it cannot do it says in the
/// state and tries again, ever less often; requests go on with what there is.
/// </summary>
internal sealed class DeploymentFollower(DeploymentOptions options, ServerState state, ModelLoader loader, ServedVersions record, string process, ILogger log, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(2);

    /// <summary>By version: why it could not be loaded, how often, and when to try again.</summary>
    private readonly Dictionary<long, (string Fault, int Times, DateTimeOffset Next)> _refused = [];
    private readonly RolloutMeasuring _measuring = new(options, state, process, time);
    private PlannedTraffic? _followed;
    private DateTimeOffset? _lostAt;
    private string? _lostFor;
    private IReadOnlyList<string> _faults = [];
    private volatile TaskCompletionSource _changed = NewSignal();
    private string? _unsent;

    /// <summary>Follows until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        IDeploymentSource? source = null;
        Task? watching = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                // Before the look: what changes during it is looked at again.
                _changed = NewSignal();
                source = await LookAsync(source, stop);
                watching ??= source?.WatchAsync(() => _changed.TrySetResult(), stop);
                await Task.WhenAny(_changed.Task, Task.Delay(options.Poll, time, stop));
            }
        }
        finally
        {
            await _measuring.EndAsync();
            if (watching is not null)
                await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (source is not null)
                await source.DisposeAsync();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<IDeploymentSource?> LookAsync(IDeploymentSource? source, CancellationToken stop)
    {
        try
        {
            source ??= await ToldAsync(Task.Run(options.Open, stop));
            var planned = await ToldAsync(source.ReadAsync(stop));
            (_lostFor, _lostAt) = (null, null);
            await FollowAsync(source, planned, stop);
            await MeasureAsync(source, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
        // Whatever it is, requests go on, and the next look may find it mended.
        catch (Exception exception)
        {
            if (_lostFor != exception.Message)
                ServerLog.PlanUnknown(log, options.Model, exception.Message);
            (_lostFor, _lostAt) = (exception.Message, _lostAt ?? time.GetUtcNow());
        }
        Tell();
        return source;
    }

    /// <summary>A store that does not answer is asked for many seconds before it is given up; that is told before.</summary>
    private async Task<T> ToldAsync<T>(Task<T> asking)
    {
        var asked = time.GetUtcNow();
        try
        {
            return await asking.WaitAsync(LongestRead, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!asking.IsCompleted)
        {
            _lostAt ??= asked;
            Tell();
            return await asking;
        }
    }

    /// <summary>What is counted and cannot be sent now is sent later; the traffic does not depend on it.</summary>
    private async Task MeasureAsync(IDeploymentSource source, CancellationToken stop)
    {
        try
        {
            if (await _measuring.TrySendAsync(source, _followed?.Rollout, stop))
                _unsent = null;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            if (_unsent != exception.Message)
                ServerLog.NotMeasured(log, _followed!.Rollout!, exception.Message);
            _unsent = exception.Message;
        }
    }

    private void Tell()
    {
        List<string> stale = [.. _faults];
        if (_lostAt is { } lost)
            stale.Add($"the traffic plan has not been known since {lost:yyyy-MM-dd'T'HH:mm:ss'Z'}; what was served then is served on, and the log says why");
        if (_unsent is not null)
            stale.Add("what is measured for the rollout cannot be kept, and it is not decided; the log says why");
        state.Stale = stale;
    }

    private async Task FollowAsync(IDeploymentSource source, PlannedTraffic planned, CancellationToken stop)
    {
        var isNew = _followed is null || !IsSame(planned, _followed);
        if (!isNew && !_refused.Values.Any(refused => refused.Next <= time.GetUtcNow()))
            return;
        await Spans.RunAsync("deployment.change", async span =>
        {
            span?.SetTag("plumbline.model", options.Model);
            span?.SetTag("plumbline.revision", planned.Revision);
            var serving = state.Enter();
            try
            {
                await ServeAsync(source, planned, serving, stop);
                return _followed = planned;
            }
            finally
            {
                serving?.Leave();
            }
        });
    }

    /// <param name="serving">Entered, so that what is loaded stays; null where nothing is.</param>
    private async Task ServeAsync(IDeploymentSource source, PlannedTraffic planned, ServingSet? serving, CancellationToken stop)
    {
        var faults = new List<string>(planned.Faults);
        Generation[] loaded = [.. serving?.Generations ?? []];
        var stable = await HeldAsync(source, planned.Stable, loaded, null, faults, stop);
        if (stable is null)
        {
            if (serving is null)
                return;
            stable = serving.Stable.Generation;
            stable.Hold();
        }
        // What was counted under this plan and against this stable version goes on.
        var before = serving?.Revision == planned.Revision && serving.Stable.Generation == stable ? serving : null;
        var candidates = await ArmsAsync(planned.Candidates, loaded, before?.Arms ?? []);
        // One that answers and listens, too, is loaded once.
        var shadows = await ArmsAsync(planned.Shadows, [.. loaded, .. candidates.Select(arm => arm.Generation)], before?.Shadows ?? []);
        foreach (var gone in _refused.Keys.Except(planned.Candidates.Concat(planned.Shadows).Select(one => one.Version.Version).Append(planned.Stable.Version)).ToArray())
            _refused.Remove(gone);
        _faults = [.. faults.Distinct(StringComparer.Ordinal)];
        // Before the exchange: who sees the new version must not read what held for the old one.
        Tell();
        var next = new ServingSet(planned.Revision, planned.Plan, [Arm(stable, Math.Max(0, 1 - candidates.Sum(candidate => candidate.Share)), before?.Arms ?? []), .. candidates], shadows);
        state.Serve(next);
        _measuring.Replaced(serving, next);
        ServerLog.Traffic(log, planned.Revision, string.Join(", ", next.Arms.Select(Describe).Concat(next.Shadows.Select(shadow => $"{Describe(shadow)} unseen"))));
        Remember(stable);

        async Task<List<ServedArm>> ArmsAsync(IReadOnlyList<PlannedVersion> versions, Generation[] known, IReadOnlyList<ServedArm> counted)
        {
            var arms = new List<ServedArm>();
            foreach (var (_, version, share) in versions)
            {
                if (version.Version != stable.Version && await HeldAsync(source, version, known, stable.Model, faults, stop) is { } generation)
                    arms.Add(Arm(generation, share, counted));
            }
            return arms;
        }

        ServedArm Arm(Generation generation, double share, IReadOnlyList<ServedArm> counted) => new(
            generation, share, counted.FirstOrDefault(arm => arm.Generation == generation && arm.Share == share)?.Recorder ?? _measuring.Recorder(planned, generation.Model));
    }

    /// <summary>The version, held for another set: the generation that serves it, or a new one.</summary>
    /// <param name="loaded">Held, so that they stay.</param>
    /// <param name="stable">What a candidate must agree with; null for stable itself.</param>
    /// <returns>Null where it is refused; <paramref name="faults"/> then has the reason.</returns>
    private async Task<Generation?> HeldAsync(
        IDeploymentSource source, ModelVersion version, Generation[] loaded, ServedModel? stable, List<string> faults, CancellationToken stop)
    {
        if (loaded.FirstOrDefault(one => one.Version == version.Version) is { } known && Disagreement(known.Model, stable) is null)
        {
            known.Hold();
            return known;
        }
        if (_refused.TryGetValue(version.Version, out var refused) && refused.Next > time.GetUtcNow())
        {
            faults.Add(refused.Fault);
            return null;
        }
        try
        {
            var generation = loader.Load(await source.LocateAsync(version, stop), version.Version);
            if (Disagreement(generation.Model, stable) is { } reason)
            {
                generation.Release();
                throw new BundleException(reason);
            }
            record.Record(generation);
            _refused.Remove(version.Version);
            ServerLog.Serving(log, generation.Model.Version, generation.Model.Predictor.Digest);
            return generation;
        }
        // Whatever a version cannot be loaded for, the others are served.
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            faults.Add(Refuse(version, exception.Message));
            return null;
        }
    }

    private string Refuse(ModelVersion version, string reason)
    {
        var times = _refused.GetValueOrDefault(version.Version).Times + 1;
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, options.Poll.Ticks << Math.Min(times, 10)));
        ServerLog.VersionRefused(log, $"{version.Name}/{version.Version}", reason);
        var fault = $"{version.Name}/{version.Version} is not served; the log says why";
        _refused[version.Version] = (fault, times, time.GetUtcNow() + pause);
        return fault;
    }

    /// <summary>Why a candidate cannot answer in stable's place.</summary>
    private static string? Disagreement(ServedModel candidate, ServedModel? stable)
    {
        if (stable is null)
            return null;
        if (!candidate.Predictor.Labels.SequenceEqual(stable.Predictor.Labels, StringComparer.Ordinal))
            return $"Its labels are not those of {stable.Version}, in their order.";
        var known = stable.Features.Select(feature => feature.Name).ToHashSet(StringComparer.Ordinal);
        var unknown = candidate.Features.Skip(candidate.FirstInput).Select(feature => feature.Name).Where(name => !known.Contains(name)).ToArray();
        return unknown.Length == 0 ? null : $"It asks for what {stable.Version} does not: {string.Join(", ", unknown)}.";
    }

    private static string Describe(ServedArm arm) => FormattableString.Invariant($"{arm.Generation.Model.Version} {arm.Share:p1}");

    private void Remember(Generation stable)
    {
        if (options.LastGood is not { } file || stable.Version is not { } version)
            return;
        try
        {
            new LastGoodVersion(options.Model, version, stable.Path, time.GetUtcNow().ToUnixTimeMilliseconds()).Write(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ServerLog.NotRemembered(log, file, exception.Message);
        }
    }

    private static bool IsSame(PlannedTraffic one, PlannedTraffic other) =>
        one.Revision == other.Revision && one.Stable.Version == other.Stable.Version && one.Rollout == other.Rollout && one.Faults.SequenceEqual(other.Faults, StringComparer.Ordinal)
        && Versions(one.Candidates).SequenceEqual(Versions(other.Candidates)) && Versions(one.Shadows).SequenceEqual(Versions(other.Shadows));

    private static IEnumerable<(long Version, double Share)> Versions(IReadOnlyList<PlannedVersion> planned) => planned.Select(one => (one.Version.Version, one.Share));
}
