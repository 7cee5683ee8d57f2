using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Storage;

namespace Plumbline.Inference.Feedback;

/// <summary>True labels of predictions, in the metadata store: docs/specs/prediction-log.md. Thread-safe, for any number of processes; what a task acknowledges is durable.</summary>
/// <exception cref="MetadataException">Unavailable: the store takes no feedback now.</exception>
public sealed class FeedbackStore(IMetadataStore store, TimeProvider time)
{
    private static readonly TimeSpan RememberIds = TimeSpan.FromDays(30);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes feedback, all or none.</summary>
    /// <exception cref="MetadataException">Invalid: one of them cannot be; the message says which value.</exception>
    public Task<FeedbackCounts> AddAsync(IReadOnlyList<FeedbackItem> items, CancellationToken cancellation = default)
    {
        foreach (var item in items)
            item.Validate();
        var now = Now;
        // In one order, so that two that run at a time do not wait for each other; what came later stays later.
        var known = new HashSet<string>(StringComparer.Ordinal);
        object?[][] rows = [.. items.Where(item => item.Id is null || known.Add(item.Id)).Select(item => Row(item, now)).OrderBy(row => (string)row[0]!, StringComparer.Ordinal)];
        object?[][] ids = [.. known.Order(StringComparer.Ordinal).Select(id => new object?[] { id, now })];
        return store.WriteConcurrentlyAsync(
            connection =>
            {
                var applied = connection.ExecuteEach(
                    """
                    INSERT INTO feedback (prediction_id, process, label, label_time, arrival_time, next_attempt, attempts)
                    SELECT @prediction, @process, @label, @time, @now, @now, 0 WHERE NOT EXISTS (SELECT 1 FROM feedback_ids WHERE feedback_id = @id)
                    ON CONFLICT (prediction_id) DO UPDATE SET label = excluded.label, label_time = excluded.label_time, arrival_time = excluded.arrival_time, next_attempt = excluded.next_attempt,
                      attempts = 0, fault = NULL
                    WHERE excluded.label_time > feedback.label_time OR (excluded.label_time = feedback.label_time AND excluded.label <> feedback.label)
                    """,
                    ["prediction", "process", "label", "time", "now", "id"], rows);
                connection.ExecuteEach("INSERT INTO feedback_ids (feedback_id, arrival_time) VALUES (@id, @now) ON CONFLICT DO NOTHING", ["id", "now"], ids);
                return new FeedbackCounts(applied, items.Count - applied);
            },
            cancellation);
    }

    /// <summary>How feedback stands.</summary>
    public Task<FeedbackState> StateAsync(CancellationToken cancellation = default) => store.ReadAsync(
        connection => connection.Query(
            """
            SELECT COUNT(*), COUNT(next_attempt), COUNT(fault) FROM feedback
            """,
            row => new FeedbackState(row.GetInt64(1), row.GetInt64(0) - row.GetInt64(1) - row.GetInt64(2), row.GetInt64(2))).Single(),
        cancellation);

    /// <summary>What was set aside, the newest first.</summary>
    public Task<IReadOnlyList<SetAsideFeedback>> ListSetAsideAsync(int most = 100, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<SetAsideFeedback>>(
        connection => connection.Query(
            "SELECT prediction_id, label, fault FROM feedback WHERE fault IS NOT NULL ORDER BY arrival_time DESC, prediction_id LIMIT @most",
            row => new SetAsideFeedback(Guid.ParseExact(row.GetString(0), "N"), row.GetString(1), row.GetString(2)), ("most", most)),
        cancellation);

    /// <summary>Makes a consumer known, who gets the changes that come from now on; one that is known stays as it is.</summary>
    /// <param name="now">Unix ms.</param>
    internal static void Follow(DbConnection connection, string consumer, long now) => connection.Execute(
        """
        INSERT INTO feedback_consumers (name, position, last_update_time) SELECT @name, value, @now FROM counters WHERE name = 'feedback_change'
        ON CONFLICT (name) DO NOTHING
        """,
        ("name", consumer), ("now", now));

    /// <summary>The labels that are taken for true of predictions made in a stretch of time.</summary>
    internal Task<Dictionary<Guid, string>> LabelsAsync(DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation = default) => store.ReadAsync(
        connection => connection.Query(
            "SELECT prediction_id, joined_label FROM feedback WHERE prediction_id >= @from AND prediction_id < @until AND joined_label IS NOT NULL",
            row => (Id: Guid.ParseExact(row.GetString(0), "N"), Label: row.GetString(1)), ("from", FirstId(from)), ("until", FirstId(until))).ToDictionary(one => one.Id, one => one.Label),
        cancellation);

    /// <summary>Gives a consumer the changes that it has not had, in one transaction with what it makes of them.</summary>
    /// <param name="most">Changes at a time.</param>
    /// <param name="apply">Gets the changes, and a time of whole milliseconds that is later than that of the last ones; may run more than once, and does nothing outside the connection.</param>
    /// <returns>Changes given.</returns>
    internal Task<int> ConsumeAsync(
        string consumer, int most, Action<DbConnection, IReadOnlyList<FeedbackChange>, DateTimeOffset> apply, CancellationToken cancellation = default)
    {
        var now = Now;
        return store.WriteAsync(
            connection =>
            {
                Follow(connection, consumer, now);
                var (position, last) = connection.Query("SELECT position, last_update_time FROM feedback_consumers WHERE name = @name", row => (row.GetInt64(0), row.GetInt64(1)), ("name", consumer)).Single();
                var changes = Changes(connection, position, most);
                if (changes.Count == 0)
                    return 0;
                var until = Math.Max(now, last + 1);
                apply(connection, changes, DateTimeOffset.FromUnixTimeMilliseconds(until));
                connection.Execute(
                    "UPDATE feedback_consumers SET position = @position, last_update_time = @now WHERE name = @name", ("position", changes[^1].Number), ("now", until), ("name", consumer));
                return changes.Count;
            },
            cancellation);
    }

    /// <summary>Removes what arrived before a time, and changes and ids as old.</summary>
    internal Task RemoveBeforeAsync(DateTimeOffset cut, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var old = cut.ToUnixTimeMilliseconds();
            connection.Execute("DELETE FROM feedback WHERE arrival_time < @old AND next_attempt IS NULL", ("old", old));
            connection.Execute("DELETE FROM feedback_changes WHERE creation_time < @old", ("old", old));
            return connection.Execute("DELETE FROM feedback_ids WHERE arrival_time < @old", ("old", Now - (long)RememberIds.TotalMilliseconds));
        },
        cancellation);

    /// <summary>Processes whose predictions are to be looked for now.</summary>
    internal Task<List<string>> WaitingProcessesAsync(CancellationToken cancellation) => store.ReadAsync(
        connection => connection.Query(
            "SELECT DISTINCT process FROM feedback WHERE next_attempt <= @now ORDER BY process", row => row.GetString(0), ("now", Now)),
        cancellation);

    /// <summary>Labels that wait and whose turn it is.</summary>
    internal Task<List<WaitingFeedback>> WaitingAsync(string process, DateTimeOffset arrivedBefore, int most, CancellationToken cancellation) => store.ReadAsync(
        connection => connection.Query(
            "SELECT prediction_id, label, arrival_time, attempts FROM feedback WHERE process = @process AND next_attempt <= @now AND arrival_time <= @before ORDER BY next_attempt, prediction_id LIMIT @most",
            Waiting, ("process", process), ("now", Now), ("before", arrivedBefore.ToUnixTimeMilliseconds()), ("most", most)),
        cancellation);

    /// <summary>Labels that have waited since before a time, whatever process they are of.</summary>
    internal Task<List<WaitingFeedback>> WaitingSinceAsync(DateTimeOffset cut, int most, CancellationToken cancellation) => store.ReadAsync(
        connection => connection.Query(
            "SELECT prediction_id, label, arrival_time, attempts FROM feedback WHERE arrival_time < @cut AND next_attempt IS NOT NULL ORDER BY arrival_time, prediction_id LIMIT @most",
            Waiting, ("cut", cut.ToUnixTimeMilliseconds()), ("most", most)),
        cancellation);

    /// <summary>Keeps what came of looking for predictions; a label that was replaced meanwhile stays waiting.</summary>
    /// <param name="settled">Is given the changes, in their order, in the same transaction; may run more than once, and does nothing outside the connection.</param>
    /// <returns>Changes made.</returns>
    internal Task<int> SettleAsync(
        IReadOnlyList<JoinedFeedback> joined, TimeSpan longestPause, CancellationToken cancellation, Action<DbConnection, IReadOnlyList<SettledFeedback>>? settled = null)
    {
        var now = Now;
        JoinedFeedback[] found = [.. joined.Where(one => one is { Prediction: not null, Fault: null })];
        return store.WriteAsync(
            connection =>
            {
                var last = (long)connection.Scalar("UPDATE counters SET value = value + @most WHERE name = 'feedback_change' RETURNING value", ("most", (long)found.Length))!;
                var changes = connection.ExecuteEach(
                    """
                    INSERT INTO feedback_changes (change_id, prediction_id, version, route, predicted_label, confidence, label, replaced_label, label_time, creation_time, categories)
                    SELECT @change, prediction_id, @version, @route, @predicted, @confidence, label, joined_label, label_time, @now, @categories FROM feedback
                    WHERE prediction_id = @prediction AND label = @label AND next_attempt IS NOT NULL AND (joined_label IS NULL OR joined_label <> label)
                    """,
                    ["change", "version", "route", "predicted", "confidence", "now", "prediction", "label", "categories"],
                    [.. found.Index().Select(one => Change(one.Item, last - found.Length + 1 + one.Index, now))]);
                Settle(connection, joined, found, now, longestPause);
                if (changes > 0)
                    settled?.Invoke(connection, Settled(connection, found, last - found.Length));
                return changes;
            },
            cancellation);
    }

    private static void Settle(DbConnection connection, IReadOnlyList<JoinedFeedback> joined, JoinedFeedback[] found, long now, TimeSpan longestPause)
    {
        connection.ExecuteEach(
            "UPDATE feedback SET joined_label = label, next_attempt = NULL WHERE prediction_id = @prediction AND label = @label AND next_attempt IS NOT NULL", ["prediction", "label"],
            [.. found.Select(one => new object?[] { one.Waiting.PredictionId.ToString("N"), one.Waiting.Label })]);
        connection.ExecuteEach(
            "UPDATE feedback SET fault = @fault, next_attempt = NULL WHERE prediction_id = @prediction AND label = @label AND next_attempt IS NOT NULL", ["fault", "prediction", "label"],
            [.. joined.Where(one => one.Fault is not null).Select(one => new object?[] { one.Fault, one.Waiting.PredictionId.ToString("N"), one.Waiting.Label })]);
        connection.ExecuteEach(
            "UPDATE feedback SET attempts = attempts + 1, next_attempt = @next WHERE prediction_id = @prediction AND label = @label AND next_attempt IS NOT NULL", ["next", "prediction", "label"],
            [.. joined.Where(one => one is { Prediction: null, Fault: null }).Select(one => new object?[] { Next(one.Waiting, now, longestPause), one.Waiting.PredictionId.ToString("N"), one.Waiting.Label })]);
    }

    /// <summary>Which of what was found became changes: their numbers say so.</summary>
    private static List<SettledFeedback> Settled(DbConnection connection, JoinedFeedback[] found, long before) => connection.Query(
        "SELECT change_id, replaced_label FROM feedback_changes WHERE change_id > @before AND change_id <= @last ORDER BY change_id",
        row =>
        {
            var one = found[row.GetInt64(0) - before - 1];
            return new SettledFeedback(one.Prediction!, one.Waiting.Label, row.NullableString(1), DateTimeOffset.FromUnixTimeMilliseconds(one.Waiting.Arrived));
        },
        ("before", before), ("last", before + found.Length));

    /// <summary>Ids begin with the time at which they were made.</summary>
    private static string FirstId(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);

    private static object?[] Row(FeedbackItem item, long now)
    {
        var micros = item.Time is { } sent ? (sent - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : now * 1000;
        return [item.PredictionId.ToString("N"), PredictionFolder.ProcessOf(item.PredictionId), item.Label, micros, now, item.Id ?? ""];
    }

    private static object?[] Change(JoinedFeedback joined, long number, long now)
    {
        var prediction = joined.Prediction!;
        return
        [
            // The group is all that is asked of it, and says of whom it is only to one in 128.
            number, prediction.Version, prediction.Route is { } unit ? TrafficRouter.GroupOf(unit).ToString("x16", CultureInfo.InvariantCulture) : "", prediction.Label, (double)prediction.Confidence, now, prediction.Id.ToString("N"), joined.Waiting.Label,
            prediction.Categorical.Count == 0 ? null : JsonSerializer.Serialize(prediction.Categorical, FeedbackJson.Default.IReadOnlyDictionaryStringString),
        ];
    }

    private static long Next(WaitingFeedback waiting, long now, TimeSpan longest) => now + (long)Math.Min(longest.TotalMilliseconds, 1000L << Math.Min(waiting.Attempts, 20));

    private static WaitingFeedback Waiting(DbDataReader row) => new(Guid.ParseExact(row.GetString(0), "N"), row.GetString(1), row.GetInt64(2), (int)row.GetInt64(3));

    private static List<FeedbackChange> Changes(DbConnection connection, long after, int most) => connection.Query(
        """
        SELECT change_id, prediction_id, version, route, predicted_label, confidence, label, replaced_label, label_time, categories FROM feedback_changes WHERE change_id > @after ORDER BY change_id LIMIT @most
        """,
        row => new FeedbackChange(
            row.GetInt64(0), Guid.ParseExact(row.GetString(1), "N"), row.GetString(2), row.NullableString(3) is { Length: > 0 } route ? ulong.Parse(route, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : null,
            row.GetString(4), row.GetDouble(5), row.GetString(6), row.NullableString(7), DateTimeOffset.UnixEpoch.AddTicks(row.GetInt64(8) * TimeSpan.TicksPerMicrosecond))
        {
            Categories = row.NullableString(9) is { } json ? JsonSerializer.Deserialize(json, FeedbackJson.Default.IReadOnlyDictionaryStringString)! : new Dictionary<string, string?>(),
        },
        ("after", after), ("most", most));
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string?>))]
internal sealed partial class FeedbackJson : JsonSerializerContext;
