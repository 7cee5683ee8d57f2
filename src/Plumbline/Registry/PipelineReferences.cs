using System.Data.Common;
using System.Text.RegularExpressions;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Digests that runs of pipelines name which have not ended, in their parameters and in what their tasks gave: tasks of theirs read what is under them, or will.</summary>
internal static partial class PipelineReferences
{
    public static List<(string Digest, string Run)> Of(DbConnection connection)
    {
        const string Active = "state IN ('queued', 'running')";
        var texts = connection.Query($"SELECT run_id, parameters FROM pipeline_runs WHERE {Active}", Read);
        texts.AddRange(connection.Query($"SELECT run_id, output FROM pipeline_results WHERE run_id IN (SELECT run_id FROM pipeline_runs WHERE {Active})", Read));
        return [.. texts.SelectMany(text => text)];
    }

    private static (string, string)[] Read(DbDataReader row)
    {
        var run = row.GetString(0);
        return [.. Digest().Matches(row.GetString(1)).Select(match => (match.Value, run)).Distinct()];
    }

    [GeneratedRegex("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")]
    private static partial Regex Digest();
}
