using Plumbline.Storage;

namespace Plumbline.Rollouts;

public sealed partial class RolloutStore
{
    /// <summary>Lets a step end that waits for approval.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="expected">The revision that the caller saw; null: whatever it is.</param>
    /// <exception cref="RevisionException">It has another revision by now.</exception>
    public Task<StoredRollout> ApproveAsync(string name, int step, string actor, long? expected = null, CancellationToken cancellation = default) => ByHandAsync(
        name, expected,
        rollout => rollout.State.Step == step && rollout.State.Phase == RolloutPhase.Running
            ? new RolloutDecision(RolloutAnalysis.Approve(rollout.State, step), RolloutAction.Hold, [$"step {step + 1} was approved"], [])
            : throw new MetadataException(MetadataError.Conflict, $"{name} is not in step {step + 1}: it is {rollout.Words}."),
        actor, cancellation);

    /// <summary>Gives all traffic back to the stable version; one that has ended stays as it is.</summary>
    /// <inheritdoc cref="ApproveAsync" path="/param[@name='expected']|/exception"/>
    public Task<StoredRollout> AbortAsync(string name, string actor, string reason, long? expected = null, CancellationToken cancellation = default) =>
        ByHandAsync(name, expected, rollout => RolloutAnalysis.Abort(rollout.Definition, rollout.State, reason, time.GetUtcNow()), actor, cancellation);

    /// <summary>Gives all traffic to a candidate, whatever was measured; one that has ended stays as it is.</summary>
    /// <param name="version"><c>name/3</c>.</param>
    /// <inheritdoc cref="ApproveAsync" path="/param[@name='expected']|/exception"/>
    public async Task<StoredRollout> PromoteAsync(string name, string version, string actor, string reason, long? expected = null, CancellationToken cancellation = default)
    {
        try
        {
            return await ByHandAsync(name, expected, rollout => RolloutAnalysis.Promote(rollout.Definition, rollout.State, version, reason, time.GetUtcNow()), actor, cancellation).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new MetadataException(MetadataError.Invalid, exception.Message, exception);
        }
    }

    /// <summary>Where an analysis was first, what is wanted is decided of what it left.</summary>
    private async Task<StoredRollout> ByHandAsync(string name, long? expected, Func<StoredRollout, RolloutDecision> decide, string actor, CancellationToken cancellation)
    {
        while (true)
        {
            var rollout = await GetAsync(name, cancellation).ConfigureAwait(false);
            if (expected is { } seen && rollout.Revision != seen)
                throw new RevisionException(FormattableString.Invariant($"Rollout {name} has revision {rollout.Revision} by now, not {seen} as expected. Look at what changed, and decide again."));
            if (await TrySaveAsync(rollout, decide(rollout), actor, cancellation).ConfigureAwait(false) is { } saved)
                return saved;
        }
    }
}
