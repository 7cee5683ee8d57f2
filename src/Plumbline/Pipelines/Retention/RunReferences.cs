using System.Data.Common;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Training;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Retention;

/// <summary>What keeps a run that ended.</summary>
internal static class RunReferences
{
    // Of a tag's value the beginning is indexed.
    private const string TagValue = "substr(t.value, 1, 100)";

    /// <returns>One reason for each run that has one.</returns>
    public static Dictionary<string, string> Of(DbConnection connection, string[] runs)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        if (runs.Length == 0)
            return reasons;
        var (condition, among) = connection.Among("r.run_id", runs);
        Add(connection.Query(
            $"SELECT r.run_id, c.cycle_id FROM pipeline_runs r JOIN retraining_cycles c ON r.run_key = @key || c.cycle_id WHERE {condition}",
            row => (row.GetString(0), $"retraining {row.GetString(1)} tells of it"), ("key", RetrainingStore.RunKey), among));
        (condition, among) = connection.Among(TagValue, runs);
        Add(connection.Query(
            $"SELECT t.value, v.name, v.version FROM tags t JOIN model_versions v ON v.run_id = t.run_id WHERE t.key = '{TrainingGraph.RunTag}' AND {condition} ORDER BY v.name, v.version",
            row => (row.GetString(0), FormattableString.Invariant($"{row.GetString(1)}/{row.GetInt64(2)} was made by it")), among));
        (condition, among) = connection.Among("run_id", runs);
        Add(connection.Query($"SELECT DISTINCT run_id FROM pipeline_tasks WHERE state = 'running' AND {condition}", row => (row.GetString(0), "attempts of it have not stopped yet"), among));
        return reasons;

        void Add(List<(string Run, string Reason)> found)
        {
            foreach (var (run, reason) in found)
                reasons.TryAdd(run, reason);
        }
    }
}
