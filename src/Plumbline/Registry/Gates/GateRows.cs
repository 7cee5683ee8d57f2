using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry.Gates;

/// <summary>Rows of <c>gate_evaluations</c>, and sign-offs, which the audit trail alone keeps.</summary>
internal static class GateRows
{
    private const string SignedOff = "version.signed_off";

    public static GateEvaluation Insert(DbConnection connection, GateEvaluation evaluation)
    {
        var results = JsonSerializer.Serialize(evaluation.Results, GateJson.Default.IReadOnlyListGateResult);
        evaluation = evaluation with { Id = Counter.Next(connection, "gate_evaluation") };
        var outcome = NameOf(evaluation.Outcome!.Value);
        connection.Execute(
            """
            INSERT INTO gate_evaluations (id, name, version, alias, against, outcome, time, actor, reason, results)
            VALUES (@id, @name, @version, @alias, @against, @outcome, @time, @actor, @reason, @results)
            """,
            ("id", evaluation.Id), ("name", evaluation.Name), ("version", evaluation.Version), ("alias", evaluation.Alias), ("against", evaluation.Against),
            ("outcome", outcome), ("time", evaluation.Time), ("actor", evaluation.Actor), ("reason", evaluation.Reason), ("results", results));
        var detail = new JsonObject
        {
            ["evaluation"] = evaluation.Id,
            ["alias"] = evaluation.Alias,
            ["against"] = evaluation.Against,
            ["outcome"] = outcome,
            ["results"] = JsonNode.Parse(results),
            ["reason"] = evaluation.Reason,
        };
        EventLog.Append(connection, evaluation.Time, evaluation.Actor, "gates.evaluated", $"{evaluation.Name}/{evaluation.Version}", detail);
        return evaluation;
    }

    /// <summary>The last of a version; null if there is none.</summary>
    public static GateEvaluation? FindLast(DbConnection connection, string name, long version) => connection.Query(
        """
        SELECT id, alias, against, outcome, time, actor, reason, results FROM gate_evaluations
        WHERE name = @name AND version = @version ORDER BY id DESC LIMIT 1
        """,
        row => new GateEvaluation(
            row.GetInt64(0), name, version, row.GetString(1), row.NullableInt64(2), JsonSerializer.Deserialize(row.GetString(7), GateJson.Default.IReadOnlyListGateResult)!)
        {
            Outcome = Enum.GetValues<GateOutcome>().First(outcome => NameOf(outcome) == row.GetString(3)),
            Time = row.GetInt64(4),
            Actor = row.GetString(5),
            Reason = row.GetString(6),
        },
        ("name", name), ("version", version)).SingleOrDefault();

    /// <returns>False if this signer had signed the version already.</returns>
    public static bool Sign(DbConnection connection, long now, string actor, ModelVersion version, string signer, string note)
    {
        if (Signers(connection, version).Contains(signer, StringComparer.Ordinal))
            return false;
        EventLog.Append(
            connection, now, actor, SignedOff, $"{version.Name}/{version.Version}", new JsonObject { ["by"] = signer, ["bundle"] = version.BundleDigest, ["reason"] = note });
        return true;
    }

    /// <summary>Who signed this bundle under this number, in the order of signing.</summary>
    public static List<string> Signers(DbConnection connection, ModelVersion version) =>
    [
        .. connection.Query(
            "SELECT detail FROM events WHERE subject = @subject AND action = @action ORDER BY id", row => row.GetString(0),
            ("subject", $"{version.Name}/{version.Version}"), ("action", SignedOff))
            .Select(text => JsonNode.Parse(text)!).Where(detail => (string?)detail["bundle"] == version.BundleDigest).Select(detail => (string)detail["by"]!),
    ];

    private static string NameOf(GateOutcome outcome) => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString());
}
