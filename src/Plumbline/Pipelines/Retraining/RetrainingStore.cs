using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Runs;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Telemetry;
using Plumbline.Tuning;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Cycles of retraining in the metadata store. Thread-safe, for any number of processes. What is done here is in the audit log.</summary>
/// <exception cref="MetadataException">NotFound: there is no such cycle. The store does not answer.</exception>
public sealed class RetrainingStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Who acts where nobody does.</summary>
    public const string Actor = "retraining";

    /// <summary>Cycles of a list.</summary>
    public const int MostListed = 100;

    /// <summary>With the cycle's id the key of its run.</summary>
    internal const string RunKey = "retraining ";

    private const string ChampionAlias = "champion";
    private const int TextLength = 5000;
    private const string Columns = "SELECT story FROM retraining_cycles";

    /// <summary>The newest first, at most <see cref="MostListed"/>.</summary>
    /// <param name="model">Null: of all.</param>
    public Task<IReadOnlyList<RetrainingCycle>> ListAsync(string? model = null, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<RetrainingCycle>>(
        connection => connection.Query(
            $"{Columns} {(model is null ? "" : "WHERE model = @model")} ORDER BY creation_time DESC, cycle_id DESC LIMIT {MostListed}", Read, model is null ? [] : [("model", model)]),
        cancellation);

    public Task<RetrainingCycle> GetAsync(string id, CancellationToken cancellation = default) => store.ReadAsync(connection => Require(connection, id), cancellation);

    /// <summary>The one that is open; null if none is.</summary>
    public Task<RetrainingCycle?> FindOpenAsync(string model, CancellationToken cancellation = default) => store.ReadAsync(connection => Open(connection, model), cancellation);

    /// <summary>How the retraining of a model stands.</summary>
    public Task<RetrainingStanding> StandingAsync(string model, CancellationToken cancellation = default) => store.ReadAsync(
        connection => new RetrainingStanding(
            connection.Query(
                "SELECT state, COUNT(*) FROM retraining_cycles WHERE model = @model AND end_time IS NOT NULL GROUP BY state",
                row => (State: RunWords.Parse<CycleState>(row.GetString(0)), Count: row.GetInt64(1)), ("model", model)).ToDictionary(row => row.State, row => row.Count),
            Open(connection, model),
            connection.Query(
                $"{Columns} WHERE model = @model AND end_time IS NOT NULL AND state NOT IN ('rejected', 'expired') ORDER BY end_time DESC, cycle_id DESC LIMIT 1", Read, ("model", model)).SingleOrDefault()),
        cancellation);

    /// <summary>Begins a cycle because a person says so.</summary>
    /// <exception cref="MetadataException">NotFound: there is no such model. Conflict: a cycle of it is open. Invalid: no reason is given.</exception>
    public async Task<RetrainingCycle> RequestAsync(string model, string by, string reason, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("reason", reason, TextLength);
        var aliases = (await new ModelRegistry(store, static _ => true, time).GetModelAsync(model, cancellation).ConfigureAwait(false)).Aliases;
        var champion = aliases.TryGetValue(ChampionAlias, out var version) ? FormattableString.Invariant($"{model}/{version}") : null;
        var now = Now;
        return await BeginAsync(New(model, CycleState.Approved, TriggerKind.Manual, [reason], by, now) with { Champion = champion, Approval = new CycleApproval(by, now, reason) }, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>Lets a cycle begin that was proposed.</summary>
    /// <exception cref="MetadataException">Conflict: it is not proposed any more. Invalid: no reason is given.</exception>
    public Task<RetrainingCycle> ApproveAsync(string id, string by, string reason, CancellationToken cancellation = default) => AnswerAsync(id, CycleState.Approved, by, reason, cancellation);

    /// <summary>Ends a cycle that was proposed.</summary>
    /// <inheritdoc cref="ApproveAsync" path="/exception"/>
    public Task<RetrainingCycle> RejectAsync(string id, string by, string reason, CancellationToken cancellation = default) => AnswerAsync(id, CycleState.Rejected, by, reason, cancellation);

    /// <summary>Keeps a cycle about a signal.</summary>
    /// <param name="lease">Token of the lease under which it was decided.</param>
    /// <exception cref="LeaseLostException">The lease is over.</exception>
    internal Task<RetrainingCycle> BeginAsync(string model, string champion, RetrainingVerdict verdict, long lease, CancellationToken cancellation)
    {
        var state = verdict.Step == RetrainingStep.Propose ? CycleState.Proposed : CycleState.Approved;
        return BeginAsync(New(model, state, verdict.Signal!.Kind, verdict.Signal.Why, Actor, Now) with { Champion = champion }, lease, cancellation);
    }

    /// <summary>Changes an open cycle; where nothing is changed nothing is written.</summary>
    /// <param name="change">May run more than once, and does nothing outside.</param>
    /// <exception cref="LeaseLostException">The lease is over.</exception>
    internal Task<RetrainingCycle> ChangeAsync(string id, long lease, Func<RetrainingCycle, RetrainingCycle> change, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            RequireHeld(connection, lease);
            var found = Require(connection, id, forUpdate: true);
            var changed = found.IsOpen ? change(found) : found;
            return changed.ToJson() == found.ToJson() ? found : Save(connection, changed, found.State, Actor, changed.Outcome ?? "");
        },
        cancellation);

    private Task<RetrainingCycle> BeginAsync(RetrainingCycle cycle, long? lease, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            if (lease is { } token)
                RequireHeld(connection, token);
            if (Open(connection, cycle.Model) is { } open)
                throw new MetadataException(MetadataError.Conflict, $"Retraining {open.Id} of {cycle.Model} is {RunWords.Of(open.State)}: one at a time. plumbline retraining show {open.Id} says how it stands.");
            connection.Execute(
                "INSERT INTO retraining_cycles (cycle_id, model, state, story, creation_time) VALUES (@id, @model, @state, @story, @now)",
                ("id", cycle.Id), ("model", cycle.Model), ("state", RunWords.Of(cycle.State)), ("story", cycle.ToJson()), ("now", cycle.Created.ToUnixTimeMilliseconds()));
            Tell(connection, cycle, cycle.RequestedBy, string.Join("; ", cycle.Why));
            return cycle;
        },
        cancellation);

    private Task<RetrainingCycle> AnswerAsync(string id, CycleState answer, string by, string reason, CancellationToken cancellation)
    {
        MetadataText.CheckName("reason", reason, TextLength);
        return store.WriteAsync(
            connection =>
            {
                var (found, now) = (Require(connection, id, forUpdate: true), Now);
                var isGiven = answer == CycleState.Rejected ? found.State == CycleState.Rejected : found.Approval is not null && found.State != CycleState.Rejected;
                if (isGiven)
                    return found;
                if (found.State != CycleState.Proposed)
                    throw new MetadataException(MetadataError.Conflict, $"Retraining {id} waits for nobody: it is {RunWords.Of(found.State)}.");
                var answered = found with { State = answer, Approval = new CycleApproval(by, now, reason) };
                if (answer == CycleState.Rejected)
                    answered = answered with { Ended = now, Outcome = $"{by} rejected it: {reason}" };
                return Save(connection, answered, found.State, by, reason);
            },
            cancellation);
    }

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private static RetrainingCycle New(string model, CycleState state, TriggerKind trigger, IReadOnlyList<string> why, string by, DateTimeOffset now) =>
        new(Guid.CreateVersion7(now).ToString("N"), model, state, trigger, why, by, now) { TraceParent = Spans.TraceParent };

    private RetrainingCycle Save(DbConnection connection, RetrainingCycle cycle, CycleState before, string actor, string reason)
    {
        connection.Execute(
            "UPDATE retraining_cycles SET state = @state, story = @story, end_time = @end WHERE cycle_id = @id",
            ("state", RunWords.Of(cycle.State)), ("story", cycle.ToJson()), ("end", cycle.Ended?.ToUnixTimeMilliseconds()), ("id", cycle.Id));
        if (cycle.State != before)
            Tell(connection, cycle, actor, reason);
        return cycle;
    }

    /// <summary>The audit log, those whom the model's notifiers tell, and whoever watches.</summary>
    private void Tell(DbConnection connection, RetrainingCycle cycle, string actor, string reason)
    {
        var action = cycle.State switch
        {
            CycleState.Proposed => "retraining.proposed",
            CycleState.Approved => "retraining.approved",
            CycleState.Rejected => "retraining.rejected",
            CycleState.Running => "retraining.started",
            _ => "retraining.ended",
        };
        var detail = new JsonObject { ["model"] = cycle.Model, ["trigger"] = RunWords.Of(cycle.Trigger), ["state"] = RunWords.Of(cycle.State), ["run"] = cycle.Run, ["reason"] = reason };
        var now = time.GetUtcNow();
        EventLog.Append(connection, now.ToUnixTimeMilliseconds(), actor, action, $"retraining:{cycle.Id}", detail);
        RetrainingNotice.Raise(connection, cycle, now);
        ChangeSignal.Send(connection);
    }

    private void RequireHeld(DbConnection connection, long lease)
    {
        if (!LeaseStore.IsHeld(connection, lease, time.GetUtcNow()))
            throw new LeaseLostException("The lease of the retraining is over: another process looks after it by now.");
    }

    private static RetrainingCycle? Open(DbConnection connection, string model) => connection.Query($"{Columns} WHERE model = @model AND end_time IS NULL", Read, ("model", model)).SingleOrDefault();

    private static RetrainingCycle Require(DbConnection connection, string id, bool forUpdate = false) =>
        connection.Query($"{Columns} WHERE cycle_id = @id{(forUpdate && connection.CanCreateBatch ? " FOR UPDATE" : "")}", Read, ("id", id)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no retraining '{MetadataText.Quote(id)}'. plumbline retraining lists them.");

    private static RetrainingCycle Read(DbDataReader row) => RetrainingCycle.Parse(row.GetString(0));
}
