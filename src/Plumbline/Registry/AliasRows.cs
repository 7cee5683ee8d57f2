using System.Data.Common;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Rows of <c>model_aliases</c>, and what the audit trail says of them.</summary>
internal static class AliasRows
{
    /// <summary>Key in the detail of an event: the alias went back, and what it left is no longer a part of its history.</summary>
    public const string Rollback = "rollback";

    /// <summary>Points the alias to the version that <paramref name="change"/> names, and tells of it.</summary>
    /// <param name="detail">What the event says beyond version and previous.</param>
    public static AliasChange Move(DbConnection connection, long now, string actor, AliasChange change, JsonObject detail)
    {
        connection.Execute(
            """
            INSERT INTO model_aliases (name, alias, version, update_time) VALUES (@name, @alias, @version, @now)
            ON CONFLICT (name, alias) DO UPDATE SET version = excluded.version, update_time = excluded.update_time
            """,
            ("name", change.Name), ("alias", change.Alias), ("version", change.Version), ("now", now));
        connection.Execute("UPDATE registered_models SET last_update_time = @now WHERE name = @name", ("now", now), ("name", change.Name));
        JsonObject all = new() { ["version"] = change.Version, ["previous"] = change.Previous };
        foreach (var (key, value) in detail)
            all[key] = value?.DeepClone();
        EventLog.Append(connection, now, actor, "alias.set", $"{change.Name}@{change.Alias}", all);
        ChangeSignal.Send(connection);
        return change;
    }

    /// <summary>The versions that an alias was, the last one last, without those that a rollback left. Those of an earlier model of this name do not count.</summary>
    public static List<long> History(DbConnection connection, string name, string alias)
    {
        var history = new List<long>();
        var details = connection.Query(
            """
            SELECT detail FROM events WHERE subject = @subject AND action = 'alias.set'
            AND id > COALESCE((SELECT MAX(id) FROM events WHERE subject = @name AND action = 'model.created'), 0) ORDER BY id
            """,
            row => row.GetString(0), ("subject", $"{name}@{alias}"), ("name", name));
        foreach (var detail in details.Select(text => JsonNode.Parse(text)!))
        {
            var version = (long)detail["version"]!;
            if (detail[Rollback] is not null)
                history.RemoveRange(history.LastIndexOf(version) + 1, history.Count - history.LastIndexOf(version) - 1);
            else if (history.Count == 0 || history[^1] != version)
                history.Add(version);
        }
        return history;
    }

    /// <summary>Versions that an alias of this model left at <paramref name="since"/> or later, with the last such alias and when.</summary>
    public static Dictionary<long, (string Alias, long Until)> LastDeployed(DbConnection connection, string name, long since)
    {
        var deployed = new Dictionary<long, (string, long)>();
        // Names of aliases have no @, and A follows it: these are the subjects that begin with the name and @.
        var changes = connection.Query(
            "SELECT subject, time, detail FROM events WHERE subject >= @from AND subject < @to AND time >= @since AND action IN ('alias.set', 'alias.deleted') ORDER BY id",
            row => (Alias: row.GetString(0)[(name.Length + 1)..], Time: row.GetInt64(1), Detail: JsonNode.Parse(row.GetString(2))!),
            ("from", name + "@"), ("to", name + "A"), ("since", since));
        foreach (var (alias, time, detail) in changes)
        {
            if ((long?)detail["previous"] is { } left)
                deployed[left] = (alias, time);
        }
        return deployed;
    }
}
