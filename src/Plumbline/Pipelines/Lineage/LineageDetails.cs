using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>What is known of nodes, for many at once.</summary>
internal sealed class LineageDetails(DbConnection connection, LineageFiles files)
{
    private const long LastOfCalendar = 253_402_300_799_999;

    private readonly Dictionary<LineageKey, KeyValuePair<string, string>[]> _facts = [];

    public IReadOnlyList<LineageNode> Describe(IReadOnlyDictionary<LineageKey, int> distances)
    {
        foreach (var group in distances.Keys.GroupBy(key => key.Kind))
            Read(group.Key, [.. group.Select(key => key.Name)]);
        return
        [
            .. distances.Select(pair => new LineageNode(pair.Key, pair.Value, !_facts.ContainsKey(pair.Key), _facts.GetValueOrDefault(pair.Key, [])))
                .OrderBy(node => node.Distance).ThenBy(node => node.Key.Kind).ThenBy(node => node.Key.Name, StringComparer.Ordinal),
        ];
    }

    private void Read(LineageKind kind, string[] names)
    {
        switch (kind)
        {
            case LineageKind.Run:
                Rows(kind, names, "SELECT run_id, experiments.name, run_name, status, start_time, runs.lifecycle_stage FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id WHERE", "run_id", row =>
                [
                    new("experiment", row.GetString(1)), new("name", row.GetString(2)), new("status", row.GetString(3)), new("started", Time(row.GetInt64(4))),
                    .. row.GetString(5) == "deleted" ? [new("state", "deleted")] : Array.Empty<KeyValuePair<string, string>>(),
                ]);
                break;
            case LineageKind.Version:
                Rows(kind, names, "SELECT name || '/' || version, creation_time, description FROM model_versions WHERE", "name || '/' || version", row =>
                    [new("registered", Time(row.GetInt64(1))), .. row.GetString(2) is { Length: > 0 } text ? [new("description", text)] : Array.Empty<KeyValuePair<string, string>>()]);
                break;
            case LineageKind.Alias:
                Rows(kind, names, "SELECT name || '@' || alias, update_time FROM model_aliases WHERE", "name || '@' || alias", row => [new("set", Time(row.GetInt64(1)))]);
                AddLastEvents(names);
                break;
            case LineageKind.Study:
                Rows(kind, names, "SELECT name, creation_time FROM contests WHERE", "name", row => [new("begun", Time(row.GetInt64(1)))]);
                break;
            default:
                if (kind == LineageKind.Snapshot)
                    files.Prepare(names);
                foreach (var name in names)
                    DescribeFile(new LineageKey(kind, name));
                break;
        }
    }

    private void DescribeFile(LineageKey key)
    {
        if (key.Kind == LineageKind.Snapshot && files.Snapshot(key.Name) is { } snapshot)
            _facts[key] = [.. snapshot.Facts];
        else if (key.Kind == LineageKind.Source)
            _facts[key] = [new("sha256", key.Name[..64])];
        else if (key.Kind == LineageKind.Contract || (key.Kind == LineageKind.Bundle && files.HasBundle(key.Name)))
            _facts[key] = [];
        else if (key.Kind == LineageKind.Prediction && files.Prediction(Guid.ParseExact(key.Name, "D")) is { } served)
            _facts[key] = [new("made", Time(Math.Min(served.Time, LastOfCalendar))), new("answered by", served.Version)];
    }

    /// <summary>Why an alias is where it is.</summary>
    private void AddLastEvents(string[] names)
    {
        foreach (var e in LineageRows.WhereIn(connection, AuditChain.Select + "WHERE id IN (SELECT MAX(id) FROM events GROUP BY subject) AND", "subject", names, AuditChain.Read))
        {
            var key = new LineageKey(LineageKind.Alias, e.Subject);
            if (_facts.TryGetValue(key, out var facts))
                _facts[key] = [.. facts, new("by", e.Actor), .. e.Reason is { Length: > 0 } reason ? [new("reason", reason)] : Array.Empty<KeyValuePair<string, string>>()];
        }
    }

    private void Rows(LineageKind kind, string[] names, string select, string column, Func<DbDataReader, KeyValuePair<string, string>[]> read)
    {
        foreach (var (name, facts) in LineageRows.WhereIn(connection, select, column, names, row => (row.GetString(0), read(row))))
            _facts[new LineageKey(kind, name)] = facts;
    }

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
