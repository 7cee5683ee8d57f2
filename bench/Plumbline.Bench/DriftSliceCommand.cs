using System.Diagnostics;
using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;

namespace Plumbline.Bench;

/// <summary>How long a slice of a large prediction log takes to be read again.</summary>
internal static class DriftSliceCommand
{
    private const int RowsOfFile = 1_000_000;

    public static async Task<int> RunAsync(long rows)
    {
        var folder = Directory.CreateTempSubdirectory("plumbline-drift-");
        try
        {
            var begin = new DateTimeOffset(2026, 11, 26, 3, 0, 0, TimeSpan.Zero);
            Write(folder.FullName, rows);
            var query = new PredictionQuery(begin, begin.AddHours(1), "reviews/3");
            var schema = new DriftSchema(["1", "2", "3", "4", "5"], ["price", "age"], [new CategoricalFeature("channel", ["web", "app", "shop"])]);
            foreach (var where in new[] { "label=5", "channel=web,app" })
            {
                var began = Stopwatch.GetTimestamp();
                var sketch = DriftSlice.Read(await LoggedSlice.OpenAsync(new LoggedSource(folder.FullName), query, [DriftFilter.Parse(where)]), schema);
                Console.WriteLine($"{where}: {sketch.Requests:n0} of {rows:n0} rows in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static void Write(string folder, long rows)
    {
        var hour = Path.Combine(folder, "archive", "hour=2026-11-26T03");
        Directory.CreateDirectory(hour);
        using var session = new DuckSession(Environment.ProcessorCount, 2048);
        for (long file = 0; file * RowsOfFile < rows; file++)
        {
            var count = Math.Min(RowsOfFile, rows - (file * RowsOfFile));
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                COPY (
                  SELECT uuid() AS id, TIMESTAMP '2026-11-26 03:00:00' + to_microseconds(CAST(i AS BIGINT)) AS "time", 'reviews/3' AS version, 'a' AS bundle, CAST(i AS UBIGINT) AS route,
                    'user ' || (i % 100000) AS "user", 'item ' || (i % 5000) AS item, CAST(1 + i % 5 AS VARCHAR) AS label, ['1', '2', '3', '4', '5'] AS labels,
                    list_transform(range(5), lambda k: CAST(CASE WHEN k = i % 5 THEN 0.6 + random() * 0.4 ELSE 0.1 END AS FLOAT)) AS probabilities, CAST(100 AS UINTEGER) AS latency_us,
                    map(['price', 'age'], [CAST(exp(random() * 5) AS FLOAT), CAST(i % 90 AS FLOAT)]) AS numeric, map(['channel'], [CASE i % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'app' ELSE 'shop' END]) AS categorical,
                    CAST(NULL AS VARCHAR) AS text
                  FROM range({count}) t(i))
                TO {DuckSession.Literal(Path.Combine(hour, $"012345678800-{file:000000}.parquet"))} (FORMAT parquet, COMPRESSION zstd)
                """));
        }
    }
}
