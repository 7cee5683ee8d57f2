using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Rollouts;

/// <summary>
/// Rollouts of registered models: what was asked for, what was measured, how they stand. A model has at most one that runs, and its traffic plan is the rollout's meanwhile. Thread-safe, and safe
/// for several processes: what an analysis finds is stored together with what follows from it, by the first who finds it.
/// </summary>
/// <exception cref="MetadataException">NotFound for an unknown rollout or model.</exception>
public sealed partial class RolloutStore(IMetadataStore store, TimeProvider time)
{
    private const int NameLength = 250;

    /// <summary>How long measurements are kept that the state contains.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Of feedback, in one transaction.</summary>
    internal int MostChanges { get; init; } = 10_000;

    /// <summary>Begins a rollout: its first weights are the traffic from now on.</summary>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <exception cref="MetadataException">Invalid: the definition cannot be. Conflict: another one of the model runs, one had its name, or its stable version is not what serves.</exception>
    public Task<StoredRollout> StartAsync(RolloutDefinition definition, string actor, string reason, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("rollout name", definition.Name, NameLength);
        var (now, state) = (Now, Begin(definition) with { TraceParent = Spans.TraceParent });
        return store.WriteAsync(
            connection =>
            {
                var model = ModelReference.Parse(definition.Stable).Name;
                RequireNew(connection, definition.Name, model);
                RequireStable(connection, definition, model);
                foreach (var candidate in definition.Candidates)
                    RegistryRows.Resolve(connection, ModelReference.Parse(candidate.Version));
                var started = new StoredRollout(Counter.Next(connection, "rollout"), model, definition, state, 1) { Counted = 0 };
                connection.Execute(
                    """
                    INSERT INTO rollouts (rollout_id, name, model, definition, state, phase, revision, counted, creation_time, last_update_time)
                    VALUES (@id, @name, @model, @definition, @state, @phase, 1, 0, @now, @now)
                    """,
                    ("id", started.Id), ("name", definition.Name), ("model", model), ("definition", JsonSerializer.Serialize(definition, RolloutJson.Default.RolloutDefinition)),
                    ("state", JsonSerializer.Serialize(state, RolloutJson.Default.RolloutState)), ("phase", RolloutJson.NameOf(state.Phase)), ("now", now));
                // Not in the same millisecond: a window that began before the rollout would not count.
                FeedbackStore.Follow(connection, Consumer(definition.Name), now + 1);
                EventLog.Append(connection, now, actor, "rollout.started", definition.Name, new JsonObject { ["model"] = model, ["definition"] = Node(definition), ["reason"] = reason });
                TrafficPlans.Put(connection, now, model, PlanOf(TrafficPlans.Find(connection, model).Plan, definition, state), actor, $"rollout {definition.Name}");
                ChangeSignal.Send(connection);
                return started;
            },
            cancellation);
    }

    /// <summary>The newest first.</summary>
    public Task<IReadOnlyList<StoredRollout>> ListAsync(string? model = null, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<StoredRollout>>(
        connection => Select(connection, model is null ? "" : "WHERE model = @model", "ORDER BY rollout_id DESC", model is null ? [] : [("model", model)]), cancellation);

    public Task<StoredRollout> GetAsync(string name, CancellationToken cancellation = default) => store.ReadAsync(connection => Require(connection, name), cancellation);

    /// <summary>The one of the model that runs; null if none does.</summary>
    public Task<StoredRollout?> FindRunningAsync(string model, CancellationToken cancellation = default) => store.ReadAsync(
        connection => Select(connection, "WHERE model = @model AND phase = 'running'", "", ("model", model)).SingleOrDefault(), cancellation);

    /// <summary>Keeps what a server counted, for the next analysis; of a rollout that has ended, nothing.</summary>
    public Task ReportAsync(string name, IReadOnlyList<Measurement> measurements, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var rollout = Require(connection, name);
            Keep(connection, rollout, measurements);
            return true;
        },
        cancellation);

    /// <summary>Keeps, as measurements, the feedback that was joined since the last call, on predictions that the rollout assigned: each change of a label exactly once, whoever calls.</summary>
    public async Task CountFeedbackAsync(string name, CancellationToken cancellation = default)
    {
        var feedback = new FeedbackStore(store, time);
        while (await feedback.ConsumeAsync(Consumer(name), MostChanges, Count, cancellation).ConfigureAwait(false) == MostChanges)
        {
            // However fast it comes, what is decided is decided by all of it.
        }

        void Count(DbConnection connection, IReadOnlyList<FeedbackChange> changes, DateTimeOffset at)
        {
            var rollout = FindSlices(connection, Require(connection, name), changes);
            Keep(connection, rollout, FeedbackMeasurement.Of(changes, rollout, at));
        }
    }

    /// <summary>Counts what was measured since, decides, and carries it out: weights, and where a candidate is promoted, what the plan's stable version is.</summary>
    public Task<RolloutDecision> AnalyseAsync(string name, CancellationToken cancellation = default) => Spans.RunAsync("rollout.analyse", async span =>
    {
        span?.SetTag("plumbline.rollout", name);
        var (rollout, measurements, last, serves) = await store.ReadAsync(Read, cancellation).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var decision = serves == rollout.Definition.Stable || rollout.State.Phase != RolloutPhase.Running
            ? RolloutAnalysis.Analyse(rollout.Definition, rollout.State, measurements, now)
            : RolloutAnalysis.Abort(rollout.Definition, rollout.State, $"{rollout.Model} has {serves} as its stable version by now, not {rollout.Definition.Stable}", now);
        if (!ReferenceEquals(decision.State, rollout.State))
            await TrySaveAsync(rollout with { Counted = last }, decision, "rollout", cancellation).ConfigureAwait(false);
        span?.SetTag("plumbline.phase", decision.State.Phase.ToString().ToLowerInvariant());
        span?.SetTag("plumbline.step", decision.State.Step);
        return decision;

        (StoredRollout Rollout, IReadOnlyList<Measurement> Measurements, long Last, string Serves) Read(DbConnection connection)
        {
            var found = Require(connection, name);
            var rows = connection.Query(
                "SELECT measurement_id, body FROM rollout_measurements WHERE rollout_id = @id AND measurement_id > @counted ORDER BY measurement_id",
                row => (Id: row.GetInt64(0), Body: row.GetString(1)), ("id", found.Id), ("counted", found.Counted));
            return (found, [.. rows.SelectMany(row => JsonSerializer.Deserialize(row.Body, RolloutJson.Default.IReadOnlyListMeasurement)!)],
                rows.Count == 0 ? found.Counted : rows[^1].Id, Serving(connection, found.Model));
        }
    });

    /// <returns>Null where another was first, and nothing was stored.</returns>
    private async Task<StoredRollout?> TrySaveAsync(StoredRollout rollout, RolloutDecision decision, string actor, CancellationToken cancellation)
    {
        using var span = decision.Action == RolloutAction.Hold ? null : Spans.Continue("rollout.change", rollout.State.TraceParent);
        var saved = await SaveAsync(rollout, decision, actor, cancellation).ConfigureAwait(false);
        span?.SetTag("plumbline.rollout", rollout.Definition.Name).SetTag("plumbline.outcome", saved is null ? "overtaken" : RolloutJson.NameOf(decision.Action)).SetTag("plumbline.version", decision.State.Winner);
        return saved;
    }

    private Task<StoredRollout?> SaveAsync(StoredRollout rollout, RolloutDecision decision, string actor, CancellationToken cancellation) => store.WriteAsync<StoredRollout?>(
        connection =>
        {
            var (now, state) = (Now, decision.State);
            var changed = connection.Execute(
                "UPDATE rollouts SET state = @state, phase = @phase, revision = revision + 1, counted = @counted, last_update_time = @now WHERE rollout_id = @id AND revision = @revision",
                ("state", JsonSerializer.Serialize(state, RolloutJson.Default.RolloutState)), ("phase", RolloutJson.NameOf(state.Phase)), ("counted", rollout.Counted), ("now", now),
                ("id", rollout.Id), ("revision", rollout.Revision));
            if (changed == 0)
                return null;
            connection.Execute(
                "DELETE FROM rollout_measurements WHERE rollout_id = @id AND measurement_id <= @counted AND ends_at < @old",
                ("id", rollout.Id), ("counted", rollout.Counted), ("old", now - (long)Kept.TotalMilliseconds));
            if (decision.Action != RolloutAction.Hold)
                CarryOut(connection, now, rollout, decision, actor);
            else if (state.IsApproved && !rollout.State.IsApproved)
                EventLog.Append(connection, now, actor, "rollout.approve", rollout.Definition.Name, new JsonObject { ["model"] = rollout.Model, ["step"] = state.Step });
            return rollout with { State = state, Revision = rollout.Revision + 1 };
        },
        cancellation);

    private static string Consumer(string rollout) => $"rollout {rollout}";

    private static void Keep(DbConnection connection, StoredRollout rollout, IReadOnlyList<Measurement> measurements)
    {
        foreach (var measurement in rollout.State.Phase == RolloutPhase.Running ? measurements : [])
        {
            measurement.Validate();
            connection.Execute(
                "INSERT INTO rollout_measurements (measurement_id, rollout_id, ends_at, body) VALUES (@id, @rollout, @ends, @body)",
                ("id", Counter.Next(connection, "rollout_measurement")), ("rollout", rollout.Id), ("ends", measurement.Until.ToUnixTimeMilliseconds()),
                ("body", JsonSerializer.Serialize([measurement], RolloutJson.Default.IReadOnlyListMeasurement)));
        }
    }

    private static void CarryOut(DbConnection connection, long now, StoredRollout rollout, RolloutDecision decision, string actor)
    {
        var (name, why) = (rollout.Definition.Name, string.Join("; ", decision.Reasons));
        var plan = TrafficPlans.Find(connection, rollout.Model).Plan;
        EventLog.Append(connection, now, actor, $"rollout.{RolloutJson.NameOf(decision.Action)}", name, new JsonObject
        {
            ["model"] = rollout.Model,
            ["step"] = decision.State.Step,
            ["weights"] = new JsonArray([.. decision.State.Weights.Select(weight => (JsonNode)weight)]),
            ["winner"] = decision.State.Winner,
            ["reasons"] = new JsonArray([.. decision.Reasons.Select(reason => (JsonNode)reason)]),
        });
        if (decision.Action == RolloutAction.Promote)
        {
            RequireStable(connection, rollout.Definition, rollout.Model);
            var winner = ModelReference.Parse(decision.State.Winner!).Version!.Value;
            if (TrafficPlans.NumberOf(plan.Stable) is null)
            {
                var previous = ModelReference.Parse(rollout.Definition.Stable).Version;
                AliasRows.Move(connection, now, actor, new AliasChange(rollout.Model, plan.Stable, winner, previous), new JsonObject { ["reason"] = $"rollout {name}: {why}" });
            }
            else
            {
                plan = plan with { Stable = FormattableString.Invariant($"{winner}") };
            }
        }
        TrafficPlans.Put(connection, now, rollout.Model, PlanOf(plan, rollout.Definition, decision.State), actor, $"rollout {name}: {why}");
        ChangeSignal.Send(connection);
    }

    /// <summary>The plan with the rollout's candidates in place of its own; none once it has ended.</summary>
    private static TrafficPlan PlanOf(TrafficPlan plan, RolloutDefinition definition, RolloutState state) => plan with
    {
        Candidates = state.Phase != RolloutPhase.Running ? [] :
        [
            .. definition.Candidates.Zip(state.Weights).Where(pair => pair.Second > 0)
                .Select(pair => new TrafficShare(FormattableString.Invariant($"{ModelReference.Parse(pair.First.Version).Version}"), pair.Second)),
        ],
        Unit = definition.Unit switch { RolloutUnit.User => RoutingUnit.User, RolloutUnit.Item => RoutingUnit.Item, _ => RoutingUnit.Request },
        Salt = definition.EffectiveSalt,
    };

    private static string Serving(DbConnection connection, string model)
    {
        var stable = TrafficPlans.ResolveVersion(connection, model, TrafficPlans.Find(connection, model).Plan.Stable);
        return FormattableString.Invariant($"{stable.Name}/{stable.Version}");
    }

    private static void RequireNew(DbConnection connection, string name, string model)
    {
        if (Select(connection, "WHERE name = @name", "", ("name", name)).Count > 0)
            throw new MetadataException(MetadataError.Conflict, $"There has been a rollout '{name}'; choose another name.");
        if (Select(connection, "WHERE model = @model AND phase = 'running'", "", ("model", model)).SingleOrDefault() is { } running)
            throw new MetadataException(MetadataError.Conflict, $"Rollout {running.Definition.Name} of {model} runs; wait for its end, or abort it.");
    }

    private static void RequireStable(DbConnection connection, RolloutDefinition definition, string model)
    {
        if (Serving(connection, model) is var serves && serves != definition.Stable)
            throw new MetadataException(MetadataError.Conflict, $"{model} has {serves} as its stable version, not {definition.Stable}. Name that one, or promote the other first.");
    }

    private static StoredRollout Require(DbConnection connection, string name) => Select(connection, "WHERE name = @name", "", ("name", name)).SingleOrDefault()
        ?? throw new MetadataException(MetadataError.NotFound, $"There is no rollout '{MetadataText.Quote(name)}'.");

    private static List<StoredRollout> Select(DbConnection connection, string where, string order, params (string, object?)[] parameters) => connection.Query(
        $"SELECT rollout_id, model, definition, state, revision, counted, slices FROM rollouts {where} {order}",
        row =>
        {
            var definition = JsonSerializer.Deserialize(row.GetString(2), RolloutJson.Default.RolloutDefinition)!;
            return new StoredRollout(row.GetInt64(0), row.GetString(1), definition, JsonSerializer.Deserialize(row.GetString(3), RolloutJson.Default.RolloutState)!, row.GetInt64(4))
            {
                Counted = row.GetInt64(5),
                Slices = row.NullableString(6) is { } found ? JsonSerializer.Deserialize(found, RolloutJson.Default.IReadOnlyListSlice)! : [.. definition.Slices],
            };
        },
        parameters);

    /// <summary>Slices that begin with these changes stay the rollout's, so that each has all rows from its first on.</summary>
    private static StoredRollout FindSlices(DbConnection connection, StoredRollout rollout, IReadOnlyList<FeedbackChange> changes)
    {
        var slices = FeedbackMeasurement.FindSlices(changes, rollout);
        if (slices.Count == rollout.Slices.Count)
            return rollout;
        connection.Execute(
            "UPDATE rollouts SET slices = @slices WHERE rollout_id = @id", ("slices", JsonSerializer.Serialize(slices, RolloutJson.Default.IReadOnlyListSlice)), ("id", rollout.Id));
        return rollout with { Slices = slices };
    }

    private RolloutState Begin(RolloutDefinition definition)
    {
        try
        {
            return RolloutAnalysis.Begin(definition, time.GetUtcNow());
        }
        catch (ArgumentException exception)
        {
            throw new MetadataException(MetadataError.Invalid, exception.Message, exception);
        }
    }

    private static JsonNode Node(RolloutDefinition definition) => JsonSerializer.SerializeToNode(definition, RolloutJson.Default.RolloutDefinition)!;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
