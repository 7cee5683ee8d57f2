using System.Data.Common;
using Plumbline.Inference.Feedback;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>Windows of labelled predictions, in the metadata store: hours, which become days, then go. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer, or holds a window that is damaged.</exception>
public sealed class QualityWindows(IMetadataStore store, TimeProvider time)
{
    /// <summary>Slices of a window, all of it among them; what comes beyond counts as another value of its input.</summary>
    private const int MostSlices = 100;
    private const string OtherValue = "(other)";

    private static readonly TimeSpan Retention = TimeSpan.FromDays(400);

    /// <summary>Windows of a version that lie in a stretch of time at least by half, or are under way and began in it, the earliest first.</summary>
    /// <param name="withSlices">Whether those of slices are read, too.</param>
    public Task<IReadOnlyList<QualityWindow>> ReadAsync(string version, DateTimeOffset from, DateTimeOffset until, bool withSlices = true, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<QualityWindow>>(
        connection => Select(
            connection, $"WHERE version = @version{(withSlices ? "" : " AND slice = ''")} AND {DriftWindows.Within}",
            ("version", version), ("from", from.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds()), ("now", time.GetUtcNow().ToUnixTimeMilliseconds())),
        cancellation);

    /// <summary>Merges what is old enough, and removes what is too old.</summary>
    public async Task MergeOldAsync(CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        foreach (var (from, to, age) in DriftWindows.Merges)
        {
            var until = DriftWindow.StartOf(now - age, to).ToUnixTimeMilliseconds();
            // One at a time, so that other changes come in between.
            while (await store.WriteAsync(connection => MergeOne(connection, from, to, until), cancellation).ConfigureAwait(false))
            {
            }
        }
        await store.WriteAsync(
            connection => connection.Execute("DELETE FROM quality_windows WHERE starts_at < @before", ("before", (now - Retention).ToUnixTimeMilliseconds())), cancellation).ConfigureAwait(false);
    }

    /// <summary>Counts labels to the windows of their predictions, and to those of their categorical inputs.</summary>
    internal static void Add(DbConnection connection, IReadOnlyList<SettledFeedback> settled, DateTimeOffset now)
    {
        foreach (var same in settled.GroupBy(one => (one.Prediction.Version, Window: WindowOf(one.Prediction.Time, now))).OrderBy(same => same.Key.Version, StringComparer.Ordinal).ThenBy(same => same.Key.Window))
        {
            var (version, (start, length)) = same.Key;
            var slices = Select(
                connection, "WHERE version = @version AND starts_at = @start AND seconds = @seconds",
                ("version", version), ("start", start.ToUnixTimeMilliseconds()), ("seconds", (long)length.TotalSeconds)).ToDictionary(window => window.Slice, window => window.Sums, StringComparer.Ordinal);
            var changed = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var one in same)
            {
                foreach (var slice in SlicesOf(one, slices))
                {
                    changed.Add(slice);
                    if (!slices.TryGetValue(slice, out var sums))
                        slices[slice] = sums = new QualitySums();
                    sums.Add(one);
                }
            }
            Put(connection, [.. changed.Select(slice => new QualityWindow(version, start, length, slice, slices[slice]))], now.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Late labels go where their window is by then.</summary>
    private static (DateTimeOffset Start, TimeSpan Length) WindowOf(DateTimeOffset prediction, DateTimeOffset now)
    {
        var length = DriftWindows.LengthAt(prediction, now);
        return (DriftWindow.StartOf(prediction, length), length);
    }

    private static IEnumerable<string> SlicesOf(SettledFeedback settled, Dictionary<string, QualitySums> known)
    {
        yield return "";
        foreach (var (name, value) in settled.Prediction.Categorical)
        {
            if (string.IsNullOrEmpty(value))
                continue;
            var slice = $"{name}={value}";
            yield return known.ContainsKey(slice) || known.Count < MostSlices ? slice : $"{name}={OtherValue}";
        }
    }

    private bool MergeOne(DbConnection connection, TimeSpan from, TimeSpan to, long until)
    {
        var oldest = connection.Query(
            "SELECT version, starts_at FROM quality_windows WHERE seconds = @seconds AND starts_at < @until ORDER BY starts_at, version LIMIT 1",
            row => (Version: row.GetString(0), Start: DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))), ("seconds", (long)from.TotalSeconds), ("until", until));
        if (oldest is not [var (version, first)])
            return false;
        var start = DriftWindow.StartOf(first, to);
        (string, object?)[] span = [("version", version), ("from", start.ToUnixTimeMilliseconds()), ("until", (start + to).ToUnixTimeMilliseconds()), ("short", (long)from.TotalSeconds), ("long", (long)to.TotalSeconds)];
        const string Among = "WHERE version = @version AND starts_at >= @from AND starts_at < @until AND seconds IN (@short, @long)";
        QualityWindow[] merged =
        [
            .. Select(connection, Among, span).GroupBy(window => window.Slice, StringComparer.Ordinal)
                .Select(slice => new QualityWindow(version, start, to, slice.Key, QualitySums.MergeAll(slice.Select(window => window.Sums)))),
        ];
        connection.Execute($"DELETE FROM quality_windows {Among}", span);
        Put(connection, merged, time.GetUtcNow().ToUnixTimeMilliseconds());
        return true;
    }

    private static void Put(DbConnection connection, IReadOnlyList<QualityWindow> windows, long now) => connection.ExecuteEach(
        """
        INSERT INTO quality_windows (version, starts_at, seconds, slice, label_count, sums, last_update_time) VALUES (@version, @starts, @seconds, @slice, @labels, @sums, @now)
        ON CONFLICT (version, starts_at, seconds, slice) DO UPDATE SET label_count = excluded.label_count, sums = excluded.sums, last_update_time = excluded.last_update_time
        """,
        ["version", "starts", "seconds", "slice", "labels", "sums", "now"],
        [
            .. windows.Select(window => new object?[]
            {
                window.Version, window.Start.ToUnixTimeMilliseconds(), (long)window.Length.TotalSeconds, window.Slice, window.Sums.Labels, window.Sums.ToJson(), now,
            }),
        ]);

    private static List<QualityWindow> Select(DbConnection connection, string where, params (string, object?)[] parameters) => connection.Query(
        $"SELECT version, starts_at, seconds, slice, sums FROM quality_windows {where} ORDER BY starts_at, seconds, slice",
        row => new QualityWindow(
            row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), TimeSpan.FromSeconds(row.GetInt64(2)), row.GetString(3), Sums(row.GetString(4), row.GetString(0), row.GetInt64(1))),
        parameters);

    private static QualitySums Sums(string json, string version, long start)
    {
        try
        {
            return QualitySums.FromJson(json);
        }
        catch (InvalidDataException exception)
        {
            throw new MetadataException(
                MetadataError.Damaged, FormattableString.Invariant($"The quality window of {version} from {DateTimeOffset.FromUnixTimeMilliseconds(start):yyyy-MM-dd'T'HH:mm'Z'} cannot be read: {exception.Message}"), exception);
        }
    }
}
