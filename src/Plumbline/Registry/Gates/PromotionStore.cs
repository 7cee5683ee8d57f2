using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Registry.Evidence;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Registry.Gates;

/// <summary>
/// Moves aliases forward through the gates and back along their history. Thread-safe; every change is durable when its task completes, may be repeated without
/// harm, and is in the audit trail.
/// </summary>
/// <exception cref="MetadataException">NotFound for an unknown model, version or alias, or a bundle that is not whole; Conflict: the alias was moved meanwhile.</exception>
public sealed class PromotionStore(IMetadataStore store, EvidenceStore evidence, TimeProvider time)
{
    private const int NameLength = 250;
    private const int ReasonLength = 5000;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Holds a version against the gates and against what the alias is now. Stores nothing.</summary>
    public Task<GateEvaluation> EvaluateAsync(string name, long version, string alias, GateOptions gates, CancellationToken cancellation = default) =>
        EvaluateAsync(name, version, alias, gates, null, cancellation);

    /// <param name="measured">Of the version and what the alias was when it was trained; null: what is stored of both is compared.</param>
    /// <inheritdoc cref="EvaluateAsync(string, long, string, GateOptions, CancellationToken)"/>
    public async Task<GateEvaluation> EvaluateAsync(string name, long version, string alias, GateOptions gates, ChampionComparison? measured, CancellationToken cancellation)
    {
        ModelReference.CheckAlias(alias);
        var (candidate, champion, signers) = await store.ReadAsync(
            connection =>
            {
                var found = RegistryRows.Get(connection, name, version);
                var against = RegistryRows.FindAlias(connection, name, alias) is { } number ? RegistryRows.Get(connection, name, number) : null;
                return (found, against, GateRows.Signers(connection, found));
            },
            cancellation).ConfigureAwait(false);
        var model = await evidence.OfVersionAsync(candidate, cancellation).ConfigureAwait(false);
        RequireBundle(model);
        var incumbent = champion is null || champion.Version == version ? null : await evidence.OfVersionAsync(champion, cancellation).ConfigureAwait(false);
        return new GateEvaluation(0, name, version, alias, champion?.Version, GateEvaluator.Evaluate(gates, model, incumbent, signers, measured));
    }

    /// <summary>
    /// Records the evaluation, and if all gates passed points the alias to the version: at once, and only if the alias still is what was evaluated against. Of several
    /// promotions evaluated against one version one wins. An alias that is this version already stays, and nothing is recorded.
    /// </summary>
    /// <param name="reason">For the audit trail.</param>
    /// <param name="overriding">Moves the alias though gates failed; <paramref name="reason"/> must say why.</param>
    /// <returns>The evaluation as recorded, and what became of the alias; null where it was refused.</returns>
    public Task<(GateEvaluation Evaluation, AliasChange? Change)> PromoteAsync(
        GateEvaluation evaluation, string actor, string reason, bool overriding = false, CancellationToken cancellation = default)
    {
        MetadataText.Check("reason", reason, ReasonLength);
        if (overriding && string.IsNullOrWhiteSpace(reason))
            throw new MetadataException(MetadataError.Invalid, "Gates are overridden only for a reason; say which.");
        var outcome = evaluation.Passed ? GateOutcome.Promoted : overriding ? GateOutcome.Overridden : GateOutcome.Refused;
        return Spans.RunAsync("registry.promote", span =>
        {
            span?.SetTag("plumbline.version", $"{evaluation.Name}/{evaluation.Version}");
            span?.SetTag("plumbline.alias", evaluation.Alias);
            span?.SetTag("plumbline.outcome", outcome.ToString().ToLowerInvariant());
            return PromoteAsync(evaluation, outcome, actor, reason, cancellation);
        });
    }

    /// <summary>Records the evaluation and moves nothing: gates failed, or a rollout goes on from here. What was recorded of the version last, for the same reason and with the same outcome, is it.</summary>
    public Task<GateEvaluation> RecordAsync(GateEvaluation evaluation, string actor, string reason, CancellationToken cancellation = default)
    {
        MetadataText.Check("reason", reason, ReasonLength);
        var outcome = evaluation.Passed ? GateOutcome.Passed : GateOutcome.Refused;
        return store.WriteAsync(
            connection =>
            {
                RegistryRows.Get(connection, evaluation.Name, evaluation.Version);
                var last = GateRows.FindLast(connection, evaluation.Name, evaluation.Version);
                return last is not null && (last.Outcome, last.Reason, last.Alias, last.Against) == (outcome, reason, evaluation.Alias, evaluation.Against)
                    ? last
                    : GateRows.Insert(connection, evaluation with { Outcome = outcome, Time = Now, Actor = actor, Reason = reason });
            },
            cancellation);
    }

    private Task<(GateEvaluation, AliasChange?)> PromoteAsync(GateEvaluation evaluation, GateOutcome outcome, string actor, string reason, CancellationToken cancellation) =>
        store.WriteAsync<(GateEvaluation, AliasChange?)>(
            connection =>
            {
                RegistryRows.Get(connection, evaluation.Name, evaluation.Version);
                var change = new AliasChange(evaluation.Name, evaluation.Alias, evaluation.Version, RegistryRows.FindAlias(connection, evaluation.Name, evaluation.Alias));
                if (!change.Changed)
                    return (evaluation, change);
                RequireUnmoved(change, evaluation.Against);
                var recorded = GateRows.Insert(connection, evaluation with { Outcome = outcome, Time = Now, Actor = actor, Reason = reason });
                if (outcome == GateOutcome.Refused)
                    return (recorded, null);
                var detail = new JsonObject { ["reason"] = reason, ["evaluation"] = recorded.Id };
                if (outcome == GateOutcome.Overridden)
                    detail["overridden"] = new JsonArray([.. evaluation.Results.Where(result => !result.Passed).Select(result => JsonValue.Create(result.Explanation))]);
                return (recorded, AliasRows.Move(connection, recorded.Time, actor, change, detail));
            },
            cancellation);

    /// <summary>
    /// Points the alias to the version that it was before; again, to the one before that. Gates are not evaluated anew. A version that a rollback left is no longer a
    /// part of the history.
    /// </summary>
    /// <param name="expected">The version that the alias is, as the caller saw it: of several who saw the same one goes back, the others are told.</param>
    public async Task<AliasChange> RollbackAsync(string name, string alias, long expected, string actor, string reason, CancellationToken cancellation = default)
    {
        ModelReference.CheckName(name);
        ModelReference.CheckAlias(alias);
        MetadataText.Check("reason", reason, ReasonLength);
        var target = await store.ReadAsync(connection => RegistryRows.Get(connection, name, Earlier(connection, name, alias)), cancellation).ConfigureAwait(false);
        RequireBundle(await evidence.OfVersionAsync(target, cancellation).ConfigureAwait(false));
        return await store.WriteAsync(
            connection =>
            {
                var change = new AliasChange(name, alias, Earlier(connection, name, alias), RegistryRows.FindAlias(connection, name, alias));
                RequireUnmoved(change, expected);
                return AliasRows.Move(connection, Now, actor, change, new JsonObject { ["reason"] = reason, [AliasRows.Rollback] = true });
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Records that somebody stands behind a version.</summary>
    /// <param name="signer">A person or a role, as <c>signed_off_by</c> names them.</param>
    /// <returns>False if they had signed already.</returns>
    public Task<bool> SignOffAsync(string name, long version, string signer, string actor, string note, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("signer", signer, NameLength);
        MetadataText.Check("note", note, ReasonLength);
        return store.WriteAsync(connection => GateRows.Sign(connection, Now, actor, RegistryRows.Get(connection, name, version), signer, note), cancellation);
    }

    /// <summary>What was recorded of a version last; null if nothing was. What was recorded of one that was removed stays.</summary>
    public Task<GateEvaluation?> FindLastAsync(string name, long version, CancellationToken cancellation = default) => store.ReadAsync(
        connection =>
        {
            var last = GateRows.FindLast(connection, name, version);
            if (last is null)
                RegistryRows.Get(connection, name, version);
            return last;
        },
        cancellation);

    /// <summary>As above, of the version that <c>name@alias</c> or <c>name/3</c> means.</summary>
    public async Task<GateEvaluation?> FindLastAsync(string reference, CancellationToken cancellation = default)
    {
        var parsed = ModelReference.Parse(reference);
        var version = parsed.Version ?? (await store.ReadAsync(connection => RegistryRows.Resolve(connection, parsed), cancellation).ConfigureAwait(false)).Version;
        return await FindLastAsync(parsed.Name, version, cancellation).ConfigureAwait(false);
    }

    private static long Earlier(DbConnection connection, string name, string alias)
    {
        // Says what is wrong where the model or the alias is unknown.
        RegistryRows.Resolve(connection, new ModelReference(name, alias, null));
        var history = AliasRows.History(connection, name, alias);
        for (var i = history.Count - 2; i >= 0; i--)
        {
            if (connection.Scalar("SELECT version FROM model_versions WHERE name = @name AND version = @version", ("name", name), ("version", history[i])) is not null)
                return history[i];
        }
        throw new MetadataException(MetadataError.Conflict, $"{name}@{alias} has no version to go back to: it was never another, or every later one was rolled back.");
    }

    private static void RequireUnmoved(AliasChange change, long? expected)
    {
        if (change.Previous != expected)
        {
            throw new MetadataException(
                MetadataError.Conflict,
                $"{change.Name}@{change.Alias} is {Named(change.Previous)} by now, not {Named(expected)} as when this was decided. Look at what changed, and decide again.");
        }

        static string Named(long? version) => version is { } number ? FormattableString.Invariant($"version {number}") : "nothing";
    }

    private static void RequireBundle(ModelEvidence model)
    {
        try
        {
            _ = model.Bundle;
        }
        catch (MissingEvidenceException missing)
        {
            throw new MetadataException(MetadataError.NotFound, $"{model.Name} cannot be deployed: {missing.Message}.", missing);
        }
    }
}
