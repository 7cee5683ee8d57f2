using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Holds what is observed of a model against its rules. For one caller at a time; of several processes the one that holds the lease evaluates.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class AlertEvaluator(IMetadataStore store, string model, AlertOptions options, TimeProvider time)
{
    private static readonly TimeSpan UpkeepPeriod = TimeSpan.FromMinutes(30);

    private readonly LeaseStore _leases = new(store, time);
    private readonly ServerObservations _servers = new(store, time);
    private readonly ServiceWindows _services = new(store, time);
    private readonly AlertStore _alerts = new(store, time);
    private readonly HashSet<string> _ofServers = [.. options.Rules.Where(rule => rule.IsOfServer).Select(rule => rule.Metric)];
    private Lease? _lease;
    private long? _kept;

    /// <summary>Tells what a server has observed of itself.</summary>
    /// <param name="process">Names it.</param>
    /// <param name="observed">Whatever it has; what no rule asks of each server is left out.</param>
    public Task TellAsync(string host, string process, IEnumerable<AlertObservation> observed, CancellationToken cancellation = default) => _servers.KeepAsync(
        model, process,
        [.. observed.Where(observation => _ofServers.Contains(observation.Name) && double.IsFinite(observation.Value)).Select(observation => observation with { Labels = new Dictionary<string, string>(observation.Labels) { ["host"] = host, ["process"] = process } })],
        cancellation);

    /// <summary>Takes the model's lease, or holds it for longer.</summary>
    /// <returns>Whether this process evaluates and delivers.</returns>
    public async Task<bool> HoldAsync(string process, TimeSpan duration, CancellationToken cancellation = default)
    {
        if (_lease is not null && await _leases.RenewAsync(_lease, duration, cancellation).ConfigureAwait(false))
            return true;
        _lease = await _leases.TryAcquireAsync($"alerts/{model}", process, duration, cancellation).ConfigureAwait(false);
        return _lease is not null;
    }

    /// <summary>Gives the lease back, so that another one takes over at once.</summary>
    public async Task ReleaseAsync(CancellationToken cancellation = default)
    {
        if (_lease is { } lease)
            await _leases.ReleaseAsync(lease, cancellation).ConfigureAwait(false);
        _lease = null;
    }

    /// <summary>One round, under the lease that this holds.</summary>
    /// <param name="observed">By the server that evaluates.</param>
    /// <param name="sources">Asked besides.</param>
    /// <returns>What could not be observed, and why.</returns>
    public async Task<IReadOnlyList<string>> EvaluateAsync(IEnumerable<AlertObservation> observed, IReadOnlyList<AlertSource> sources, CancellationToken cancellation = default)
    {
        var (now, faults) = (time.GetUtcNow(), new List<string>());
        List<AlertObservation> all =
        [
            .. observed.Where(observation => !_ofServers.Contains(observation.Name)),
            .. await _servers.ReadAsync(model, cancellation).ConfigureAwait(false),
            .. await _services.ObserveAsync(model, options.Slo, cancellation).ConfigureAwait(false),
        ];
        foreach (var source in sources)
        {
            try
            {
                all.AddRange(await source.Observe(store, now, cancellation).ConfigureAwait(false));
            }
            // Whatever it is, what others observe counts.
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                faults.Add($"{source.Name}: {exception.Message}");
            }
        }
        var round = new AlertRound(model, options, now) { IsComplete = faults.Count == 0 };
        round.Observe(all);
        await _alerts.ApplyAsync(model, round, now, _lease?.Token ?? 0, cancellation).ConfigureAwait(false);
        return faults;
    }

    /// <summary>From time to time: old counts become fewer, and what ended long ago goes.</summary>
    public async Task KeepUpAsync(AlertDelivery delivery, CancellationToken cancellation = default)
    {
        if (_kept is { } last && time.GetElapsedTime(last) < UpkeepPeriod)
            return;
        _kept = time.GetTimestamp();
        await _services.MergeOldAsync(model, cancellation).ConfigureAwait(false);
        await _servers.PruneAsync(model, cancellation).ConfigureAwait(false);
        await _alerts.PruneAsync(model, cancellation).ConfigureAwait(false);
        await delivery.PruneAsync(store, model, cancellation).ConfigureAwait(false);
    }
}
