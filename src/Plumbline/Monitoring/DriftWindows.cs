using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>Windows of all servers, in the metadata store. Old ones become hours, then days, then go. Thread-safe, for any number of processes.</summary>
/// <exception cref="MetadataException">The store does not answer, or holds a window that is damaged.</exception>
public sealed class DriftWindows(IMetadataStore store, TimeProvider time)
{
    /// <summary>Of a window that is under way all that it has lies before now.</summary>
    internal const string Within = "starts_at + seconds * 500 >= @from AND (starts_at + seconds * 500 < @until OR (starts_at < @until AND starts_at + seconds * 1000 > @now))";

    private static readonly TimeSpan Retention = TimeSpan.FromDays(400);

    /// <summary>What becomes what, and how long after its end: by then no server sends it any more.</summary>
    internal static (TimeSpan From, TimeSpan To, TimeSpan Age)[] Merges { get; } =
        [(DriftWindow.ShortLength, TimeSpan.FromHours(1), TimeSpan.FromHours(3)), (TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(8))];

    /// <summary>Until so long after its end a window may be sent.</summary>
    public static TimeSpan LatestAfter { get; } = TimeSpan.FromHours(2);

    /// <summary>How long the windows are that begin at a time or around it, once all is merged that is old enough.</summary>
    internal static TimeSpan LengthAt(DateTimeOffset start, DateTimeOffset now)
    {
        var length = DriftWindow.ShortLength;
        foreach (var (_, to, age) in Merges)
            length = start < DriftWindow.StartOf(now - age, to) ? to : length;
        return length;
    }

    /// <summary>Keeps windows, each in the place of what its process sent of it before.</summary>
    public Task KeepAsync(IReadOnlyList<DriftWindow> windows, CancellationToken cancellation = default)
    {
        if (windows.Count == 0)
            return Task.CompletedTask;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        // In one order, so that two that run at a time do not wait for each other.
        object?[][] rows = [.. windows.OrderBy(window => window.Version, StringComparer.Ordinal).ThenBy(window => window.Start).Select(window => Row(window, now))];
        return store.WriteConcurrentlyAsync(
            connection => connection.ExecuteEach(
                """
                INSERT INTO drift_windows (version, starts_at, seconds, process, requests, sketch, last_update_time) VALUES (@version, @starts, @seconds, @process, @requests, @sketch, @now)
                ON CONFLICT (version, starts_at, seconds, process) DO UPDATE SET requests = excluded.requests, sketch = excluded.sketch, last_update_time = excluded.last_update_time
                """,
                ["version", "starts", "seconds", "process", "requests", "sketch", "now"], rows),
            cancellation);
    }

    /// <summary>Windows of a version that lie in a stretch of time at least by half, or are under way and began in it, the earliest first.</summary>
    public Task<IReadOnlyList<DriftWindow>> ReadAsync(string version, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<DriftWindow>>(
        connection => Select(
            connection, $"WHERE version = @version AND {Within}",
            ("version", version), ("from", from.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds()), ("now", time.GetUtcNow().ToUnixTimeMilliseconds())),
        cancellation);

    /// <summary>Requests of a version in each window that <see cref="ReadAsync"/> would read.</summary>
    internal Task<List<(DateTimeOffset Start, TimeSpan Length, long Requests)>> CountAsync(string version, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation = default) => store.ReadAsync(
        connection => connection.Query(
            $"SELECT starts_at, seconds, requests FROM drift_windows WHERE version = @version AND {Within} ORDER BY starts_at, seconds, process",
            row => (DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)), TimeSpan.FromSeconds(row.GetInt64(1)), row.GetInt64(2)),
            ("version", version), ("from", from.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds()), ("now", time.GetUtcNow().ToUnixTimeMilliseconds())),
        cancellation);

    /// <summary>Versions that have windows in a stretch of time, with the requests that these counted, most first.</summary>
    /// <param name="model">Registered name, or a version's.</param>
    public Task<IReadOnlyList<(string Version, long Requests)>> ListAsync(string model, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation = default) =>
        store.ReadAsync<IReadOnlyList<(string, long)>>(
            connection =>
            [
                .. connection.Query(
                    $"""
                    SELECT version, SUM(requests) FROM drift_windows WHERE {Within} AND (version = @model OR version LIKE @under ESCAPE '!')
                    GROUP BY version ORDER BY 2 DESC, 1
                    """,
                    row => (row.GetString(0), Convert.ToInt64(row.GetValue(1), System.Globalization.CultureInfo.InvariantCulture)),
                    ("from", from.ToUnixTimeMilliseconds()), ("until", until.ToUnixTimeMilliseconds()), ("now", time.GetUtcNow().ToUnixTimeMilliseconds()), ("model", model), ("under", $"{Escaped(model)}/%")),
            ],
            cancellation);

    /// <summary>Merges what is old enough, and removes what is too old.</summary>
    public async Task MergeOldAsync(CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        foreach (var (from, to, age) in Merges)
        {
            var until = DriftWindow.StartOf(now - age, to).ToUnixTimeMilliseconds();
            // One at a time, so that other changes come in between.
            while (await store.WriteAsync(connection => MergeOne(connection, from, to, until), cancellation).ConfigureAwait(false))
            {
            }
        }
        await store.WriteAsync(
            connection => connection.Execute("DELETE FROM drift_windows WHERE starts_at < @before", ("before", (now - Retention).ToUnixTimeMilliseconds())), cancellation).ConfigureAwait(false);
    }

    private bool MergeOne(DbConnection connection, TimeSpan from, TimeSpan to, long until)
    {
        var oldest = connection.Query(
            "SELECT version, starts_at FROM drift_windows WHERE seconds = @seconds AND starts_at < @until ORDER BY starts_at, version LIMIT 1",
            row => (Version: row.GetString(0), Start: DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))), ("seconds", (long)from.TotalSeconds), ("until", until));
        if (oldest is not [var (version, first)])
            return false;
        var start = DriftWindow.StartOf(first, to);
        (string, object?)[] span = [("version", version), ("from", start.ToUnixTimeMilliseconds()), ("until", (start + to).ToUnixTimeMilliseconds()), ("short", (long)from.TotalSeconds), ("long", (long)to.TotalSeconds)];
        const string Among = "WHERE version = @version AND starts_at >= @from AND starts_at < @until AND seconds IN (@short, @long)";
        var merged = DriftSketch.MergeAll(Select(connection, Among, span).Select(window => window.Sketch))!;
        connection.Execute($"DELETE FROM drift_windows {Among}", span);
        connection.ExecuteEach(
            "INSERT INTO drift_windows (version, starts_at, seconds, process, requests, sketch, last_update_time) VALUES (@version, @starts, @seconds, @process, @requests, @sketch, @now)",
            ["version", "starts", "seconds", "process", "requests", "sketch", "now"], [Row(new DriftWindow(version, start, to, "", merged), time.GetUtcNow().ToUnixTimeMilliseconds())]);
        return true;
    }

    private static object?[] Row(DriftWindow window, long now) =>
    [
        window.Version, window.Start.ToUnixTimeMilliseconds(), (long)window.Length.TotalSeconds, window.Process, window.Sketch.Requests, Convert.ToBase64String(window.Sketch.ToBytes()), now,
    ];

    private static List<DriftWindow> Select(DbConnection connection, string where, params (string, object?)[] parameters) => connection.Query(
        $"SELECT version, starts_at, seconds, process, sketch FROM drift_windows {where} ORDER BY starts_at, seconds, process",
        row => new DriftWindow(
            row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), TimeSpan.FromSeconds(row.GetInt64(2)), row.GetString(3), Sketch(row.GetString(4), row.GetString(0), row.GetInt64(1))),
        parameters);

    private static DriftSketch Sketch(string text, string version, long start)
    {
        try
        {
            return DriftSketch.FromBytes(Convert.FromBase64String(text));
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            throw new MetadataException(
                MetadataError.Damaged, $"The drift window of {version} from {DateTimeOffset.FromUnixTimeMilliseconds(start):yyyy-MM-dd'T'HH:mm'Z'} cannot be read: {exception.Message}", exception);
        }
    }

    private static string Escaped(string model) => model.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);
}
