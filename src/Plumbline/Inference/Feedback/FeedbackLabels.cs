using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Inference.Feedback;

/// <summary>Reads which labels are known to be true. Thread-safe.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
internal sealed class FeedbackLabels(IMetadataStore store)
{
    /// <summary>Joined labels of predictions that were made in a stretch of time, whatever version made them, in the order of their ids.</summary>
    /// <param name="most">The latest ones.</param>
    public async Task<IReadOnlyList<(Guid Prediction, string Label)>> ListAsync(DateTimeOffset from, DateTimeOffset until, int most, CancellationToken cancellation = default)
    {
        var found = await store.ReadAsync(
            connection => connection.Query(
                """
                SELECT prediction_id, label FROM feedback
                WHERE prediction_id >= @from AND prediction_id < @until AND joined_label = label ORDER BY prediction_id DESC LIMIT @most
                """,
                row => (Guid.ParseExact(row.GetString(0), "N"), row.GetString(1)), ("from", IdAt(from)), ("until", IdAt(until)), ("most", (long)most)),
            cancellation).ConfigureAwait(false);
        found.Reverse();
        return found;
    }

    /// <summary>How many predictions of a model have got a true label since a time.</summary>
    public Task<long> CountAsync(string model, DateTimeOffset since, CancellationToken cancellation = default) => store.ReadAsync(
        connection => (long)connection.Scalar(
            "SELECT COUNT(*) FROM feedback_changes WHERE creation_time >= @since AND replaced_label IS NULL AND substr(version, 1, @length) = @prefix",
            ("since", since.ToUnixTimeMilliseconds()), ("length", (long)model.Length + 1), ("prefix", $"{model}/"))!,
        cancellation);

    /// <summary>How often a version's answers were which label, and truly which, by the labels that were joined since a time. A correction takes a row from one pair and adds one to another.</summary>
    public Task<IReadOnlyList<(string Truth, string Predicted, long Rows)>> ConfusionAsync(string version, DateTimeOffset since, CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<(string, string, long)>>(
            connection =>
            [
                .. connection.Query(
                    """
                    SELECT truth, predicted_label, CAST(SUM(change) AS BIGINT) FROM (
                      SELECT label AS truth, predicted_label, 1 AS change FROM feedback_changes WHERE creation_time >= @since AND version = @version
                      UNION ALL
                      SELECT replaced_label, predicted_label, -1 FROM feedback_changes WHERE creation_time >= @since AND version = @version AND replaced_label IS NOT NULL) AS changes
                    GROUP BY truth, predicted_label ORDER BY truth, predicted_label
                    """,
                    row => (Truth: row.GetString(0), Predicted: row.GetString(1), Rows: row.GetInt64(2)), ("since", since.ToUnixTimeMilliseconds()), ("version", version))
                    .Where(pair => pair.Rows > 0),
            ],
            cancellation);

    /// <summary>The least id that a prediction made at a time can have.</summary>
    private static string IdAt(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);
}
