using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Registry;
using Plumbline.Storage;

namespace Plumbline.Inference.Routing;

/// <summary>The traffic plans of registered models. Thread-safe; every change is durable when its task completes, and leaves an <see cref="AuditEvent"/>.</summary>
/// <exception cref="MetadataException">NotFound for an unknown model.</exception>
public sealed class TrafficPlans(IMetadataStore store, TimeProvider time)
{
    /// <summary>Revision 0 where the model has no plan.</summary>
    public Task<StoredPlan> GetAsync(string model, CancellationToken cancellation = default) => store.ReadAsync(connection => Find(connection, model), cancellation);

    /// <summary>Replaces a model's plan; one that is the same already changes nothing and leaves no event.</summary>
    /// <param name="expected">The revision that the caller saw; null: whatever it is.</param>
    /// <param name="reason">Why, for the audit trail.</param>
    /// <exception cref="RevisionException">It has another revision by now.</exception>
    /// <exception cref="MetadataException">Conflict: a rollout decides it. Invalid: it is no plan. NotFound: it names a version that is not there.</exception>
    public Task<StoredPlan> SetAsync(string model, TrafficPlan plan, long? expected, string actor, string reason, CancellationToken cancellation = default)
    {
        plan.Validate();
        return store.WriteAsync(
            connection =>
            {
                var previous = Find(connection, model);
                if (previous.Plan.ToJson() == plan.ToJson())
                    return previous;
                if (expected is { } seen && previous.Revision != seen)
                    throw new RevisionException($"The traffic plan of {model} has revision {previous.Revision} by now, not {seen} as expected. Look at what changed, and decide again.");
                if (connection.Scalar("SELECT name FROM rollouts WHERE model = @model AND phase = 'running'", ("model", model)) is string rollout)
                    throw new MetadataException(MetadataError.Conflict, $"Rollout {rollout} decides the traffic of {model}; abort it, or wait for its end.");
                foreach (var reference in References(plan))
                    ResolveVersion(connection, model, reference);
                return Put(connection, time.GetUtcNow().ToUnixTimeMilliseconds(), model, plan, actor, reason);
            },
            cancellation);
    }

    /// <summary>The plan with the versions that it means now, in one consistent view.</summary>
    /// <exception cref="MetadataException">NotFound: there is no stable version.</exception>
    public Task<PlannedTraffic> ResolveAsync(string model, CancellationToken cancellation = default) => store.ReadAsync(connection => Resolve(connection, model), cancellation);

    private static PlannedTraffic Resolve(DbConnection connection, string model)
    {
        var (plan, revision) = Find(connection, model);
        var faults = new List<string>();
        var stable = ResolveVersion(connection, model, plan.Stable);
        var rollout = (string?)connection.Scalar("SELECT name FROM rollouts WHERE model = @model AND phase = 'running'", ("model", model));
        return new PlannedTraffic(revision, plan, stable, Versions(plan.Candidates), Versions(plan.Shadows), faults) { Rollout = rollout };

        PlannedVersion[] Versions(IReadOnlyList<TrafficShare> shares)
        {
            var found = new List<PlannedVersion>();
            foreach (var share in shares)
            {
                try
                {
                    found.Add(new PlannedVersion(share.Version, ResolveVersion(connection, model, share.Version), share.Share));
                }
                catch (MetadataException exception) when (exception.Error == MetadataError.NotFound)
                {
                    faults.Add(exception.Message);
                }
            }
            // Several names of one version: what they say together.
            return [.. found.GroupBy(one => one.Version.Version).Select(same => same.First() with { Share = Math.Min(1, same.Sum(one => one.Share)) })];
        }
    }

    /// <summary>Replaces the plan within the caller's change, whatever it is; one that is the same already changes nothing.</summary>
    /// <exception cref="MetadataException">Invalid: nobody could read it again.</exception>
    internal static StoredPlan Put(DbConnection connection, long now, string model, TrafficPlan plan, string actor, string reason)
    {
        plan.Validate();
        var previous = Find(connection, model);
        if (previous.Plan.ToJson() == plan.ToJson())
            return previous;
        var next = new StoredPlan(plan, previous.Revision + 1);
        connection.Execute(
            "INSERT INTO traffic_plans (name, revision, body, last_update_time) VALUES (@name, @revision, @body, @now) ON CONFLICT (name) DO UPDATE SET revision = @revision, body = @body, last_update_time = @now",
            ("name", model), ("revision", next.Revision), ("body", plan.ToJson()), ("now", now));
        EventLog.Append(connection, now, actor, "traffic.changed", model, new JsonObject
        {
            ["revision"] = next.Revision,
            ["previous"] = JsonNode.Parse(previous.Plan.ToJson()),
            ["plan"] = JsonNode.Parse(plan.ToJson()),
            ["reason"] = reason,
        });
        ChangeSignal.Send(connection);
        return next;
    }

    /// <summary>Revision 0 where the model has no plan.</summary>
    internal static StoredPlan Find(DbConnection connection, string model)
    {
        RegisteredModelRows.RequireName(connection, model);
        return connection.Query("SELECT body, revision FROM traffic_plans WHERE name = @name", row => new StoredPlan(TrafficPlan.Parse(row.GetString(0)), row.GetInt64(1)), ("name", model))
            .SingleOrDefault() ?? new StoredPlan(new TrafficPlan(), 0);
    }

    /// <param name="version">Alias or number.</param>
    internal static ModelVersion ResolveVersion(DbConnection connection, string model, string version) =>
        RegistryRows.Resolve(connection, NumberOf(version) is { } number ? new ModelReference(model, null, number) : new ModelReference(model, version, null));

    /// <summary>Null for an alias.</summary>
    internal static long? NumberOf(string version) => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IEnumerable<string> References(TrafficPlan plan) => plan.Candidates.Concat(plan.Shadows).Select(share => share.Version).Prepend(plan.Stable);
}

/// <param name="Revision">Counts from 1; 0: there is none, and <paramref name="Plan"/> is what holds without.</param>
public sealed record StoredPlan(TrafficPlan Plan, long Revision);

/// <summary>A plan as it is to be served.</summary>
/// <param name="Faults">Why candidates or shadows of the plan are left out.</param>
public sealed record PlannedTraffic(
    long Revision, TrafficPlan Plan, ModelVersion Stable, IReadOnlyList<PlannedVersion> Candidates, IReadOnlyList<PlannedVersion> Shadows, IReadOnlyList<string> Faults)
{
    /// <summary>The rollout whose plan it is; null for none.</summary>
    public string? Rollout { get; init; }
}

/// <param name="Named">Alias or number, as the plan has it.</param>
public sealed record PlannedVersion(string Named, ModelVersion Version, double Share);
