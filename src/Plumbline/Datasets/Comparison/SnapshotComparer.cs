using System.Globalization;
using System.Text;
using Plumbline.Storage;

namespace Plumbline.Datasets.Comparison;

/// <summary>
/// Compares two snapshots by their texts' 128-bit digests (MD5), out of core: what is beyond the memory goes to a folder under home. Not thread-safe.
/// </summary>
public sealed class SnapshotComparer : IDisposable
{
    private const int ExamplesOfAKind = 5;
    private const int ExampleCharacters = 120;

    private readonly Snapshot _a;
    private readonly Snapshot _b;
    private readonly AtomicDirectory _spill;
    private readonly DuckSession _session;
    private readonly CancellationToken _stop;

    private SnapshotComparer(Snapshot a, Snapshot b, Home home, int memoryMegabytes, CancellationToken stop)
    {
        (_a, _b, _stop) = (a, b, stop);
        _spill = AtomicDirectory.Create(home.Temporary);
        _session = new DuckSession(Environment.ProcessorCount, memoryMegabytes, _spill.Path);
    }

    /// <param name="memoryMegabytes">Of the engine that compares.</param>
    /// <exception cref="DatasetException">A snapshot cannot be read.</exception>
    public static SnapshotDiff Compare(Snapshot a, Snapshot b, Home home, int memoryMegabytes = 1024, CancellationToken stop = default)
    {
        using var held = a.Hold();
        using var other = b.Hold();
        using var comparer = new SnapshotComparer(a, b, home, memoryMegabytes, stop);
        return comparer.Compare();
    }

    public void Dispose()
    {
        _session.Dispose();
        _spill.Dispose();
    }

    private SnapshotDiff Compare()
    {
        var (a, b) = (_a.Manifest, _b.Manifest);
        var types = a.Columns.ToDictionary(column => column.Name, column => column.Type);
        var changed = b.Columns.Where(column => types.TryGetValue(column.Name, out var type) && type != column.Type).Select(column => column.Name);
        var none = new SplitCounts(0, 0, 0);
        var (ofA, ofB) = (a.Classes.ToDictionary(@class => @class.Label, @class => @class.Counts), b.Classes.ToDictionary(@class => @class.Label, @class => @class.Counts));
        var classes = a.Labels.Union(b.Labels).Select(label => new ClassDiff(label, ofA.GetValueOrDefault(label, none), ofB.GetValueOrDefault(label, none)));
        return new SnapshotDiff(
            a.Digest, b.Digest, Diff(a.Columns.Select(column => column.Name), b.Columns.Select(column => column.Name), changed), Diff(a.Labels, b.Labels, []),
            a.Counts, b.Counts, [.. classes], CompareRecords(), [.. CompareValues()]);
    }

    private static NameDiff Diff(IEnumerable<string> a, IEnumerable<string> b, IEnumerable<string> changed) => new([.. b.Except(a)], [.. a.Except(b)], [.. changed]);

    private RecordDiff CompareRecords()
    {
        Execute($"""
            CREATE TABLE records AS
            SELECT key, length, split, label, sum(a)::BIGINT AS a, sum(b)::BIGINT AS b FROM (
              SELECT md5_number(text) AS key, length(text) AS length, split, label, 1 AS a, 0 AS b FROM {Rows(_a)}
              UNION ALL SELECT md5_number(text), length(text), split, label, 0, 1 FROM {Rows(_b)})
            GROUP BY ALL;
            CREATE TABLE texts AS SELECT key, sum(a)::BIGINT AS a, sum(b)::BIGINT AS b FROM records GROUP BY key;
            CREATE TABLE splits AS SELECT key, sum(least(a, b))::BIGINT AS same FROM (SELECT key, split, sum(a) AS a, sum(b) AS b FROM records GROUP BY ALL) GROUP BY key;
            CREATE TABLE labels AS SELECT key, sum(least(a, b))::BIGINT AS same FROM (SELECT key, label, sum(a) AS a, sum(b) AS b FROM records GROUP BY ALL) GROUP BY key
            """);
        var texts = Numbers("SELECT sum(greatest(a - b, 0))::BIGINT, sum(greatest(b - a, 0))::BIGINT, sum(least(a, b))::BIGINT FROM texts", 3);
        var unchanged = Numbers("SELECT sum(least(a, b))::BIGINT FROM records", 1)[0];
        var (together, named) = (Numbers("SELECT sum(same)::BIGINT FROM splits", 1)[0], Numbers("SELECT sum(same)::BIGINT FROM labels", 1)[0]);
        return new RecordDiff(texts[0], texts[1], texts[2], unchanged, texts[2] - together, texts[2] - named, Examples());
    }

    /// <summary>Those of the smallest digests: no order of rows or threads enters.</summary>
    private List<RecordExample> Examples()
    {
        Execute(string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE examples AS
            (SELECT 0 AS kind, key FROM texts WHERE a > b ORDER BY key LIMIT {ExamplesOfAKind}) UNION ALL
            (SELECT 1, key FROM texts WHERE b > a ORDER BY key LIMIT {ExamplesOfAKind}) UNION ALL
            (SELECT 2, key FROM texts JOIN splits USING (key) WHERE least(a, b) > same ORDER BY key LIMIT {ExamplesOfAKind}) UNION ALL
            (SELECT 3, key FROM texts JOIN labels USING (key) WHERE least(a, b) > same ORDER BY key LIMIT {ExamplesOfAKind});
            CREATE TABLE beginnings AS SELECT key, min(left(text, {ExampleCharacters + 1})) AS text FROM (
              SELECT md5_number(text) AS key, text FROM {Rows(_a)} WHERE md5_number(text) IN (SELECT key FROM examples)
              UNION ALL SELECT md5_number(text), text FROM {Rows(_b)} WHERE md5_number(text) IN (SELECT key FROM examples)) GROUP BY key
            """));
        using var cursor = new ChunkCursor(_session, """
            SELECT kind::BIGINT, text,
              coalesce(string_agg(split || ' ' || label, chr(0) ORDER BY split, label) FILTER (a > 0), ''),
              coalesce(string_agg(split || ' ' || label, chr(0) ORDER BY split, label) FILTER (b > 0), '')
            FROM examples JOIN beginnings USING (key) JOIN records USING (key) GROUP BY kind, key, text ORDER BY kind, key
            """);
        string[] kinds = ["only in A", "only in B", "moved", "relabelled"];
        var examples = new List<RecordExample>();
        while (cursor.Next())
            for (var row = 0; row < cursor.Count; row++)
                examples.Add(new RecordExample(kinds[cursor.Int64(0, row)], Begin(cursor.Utf8(1, row)), Places(cursor.Utf8(2, row)), Places(cursor.Utf8(3, row))));
        return examples;
    }

    /// <summary>After the records, which know the lengths.</summary>
    private IEnumerable<ValueShift> CompareValues()
    {
        yield return CompareValues("length", "SELECT length AS value, a, b FROM records");
        foreach (var column in _a.NumericInputs.Concat(_a.Aggregates).Intersect(_b.NumericInputs.Concat(_b.Aggregates)))
        {
            var name = DuckSession.Name(column);
            yield return CompareValues(column, $"SELECT {name} AS value, 1 AS a, 0 AS b FROM {Rows(_a)} UNION ALL SELECT {name}, 0, 1 FROM {Rows(_b)}");
        }
    }

    private ValueShift CompareValues(string column, string values)
    {
        Execute($"CREATE OR REPLACE TABLE vals AS SELECT value::DOUBLE AS value, sum(a)::BIGINT AS a, sum(b)::BIGINT AS b FROM ({values}) GROUP BY ALL");
        using var cursor = new ChunkCursor(_session, """
            SELECT max(abs(fa - fb)) FROM (
              SELECT sum(a) OVER below / sum(a) OVER ()::DOUBLE AS fa, sum(b) OVER below / sum(b) OVER ()::DOUBLE AS fb FROM vals WHERE value IS NOT NULL
              WINDOW below AS (ORDER BY value ROWS UNBOUNDED PRECEDING))
            """);
        cursor.Next();
        return new ValueShift(column, Summarise("a"), Summarise("b"), Double(cursor, 0));
    }

    private ValueSummary Summarise(string side)
    {
        using var cursor = new ChunkCursor(_session, $"""
            WITH present AS (SELECT value, {side}::DOUBLE AS n FROM vals WHERE value IS NOT NULL AND {side} > 0),
              moments AS (SELECT sum(n) AS n, sum(n * value) / sum(n) AS mean FROM present),
              spread AS (SELECT sqrt(sum(present.n * (value - mean) ** 2) / nullif(any_value(moments.n) - 1, 0)) AS deviation FROM present, moments),
              ranked AS (SELECT value, n, sum(n) OVER (ORDER BY value ROWS UNBOUNDED PRECEDING) AS rank FROM present)
            SELECT (SELECT sum({side}) FILTER (value IS NULL) FROM vals)::DOUBLE / (SELECT sum({side}) FROM vals)::DOUBLE, (SELECT mean FROM moments), (SELECT deviation FROM spread),
              (SELECT (min(value) FILTER (rank >= n_all / 2) + min(value) FILTER (rank > n_all / 2)) / 2 FROM ranked, (SELECT n AS n_all FROM moments))
            """);
        cursor.Next();
        return new ValueSummary(cursor.IsNull(0, 0) ? 0 : cursor.Double(0, 0), Double(cursor, 1), Double(cursor, 2), Double(cursor, 3));
    }

    private static double Double(ChunkCursor cursor, int column) => cursor.IsNull(column, 0) ? double.NaN : cursor.Double(column, 0);

    private long[] Numbers(string sql, int columns)
    {
        using var cursor = new ChunkCursor(_session, sql);
        cursor.Next();
        return [.. Enumerable.Range(0, columns).Select(column => cursor.IsNull(column, 0) ? 0 : cursor.Int64(column, 0))];
    }

    private void Execute(string sql) => _session.Execute(sql, _stop);

    private static string Rows(Snapshot snapshot) => $"read_parquet({snapshot.FilesLiteral})";

    private static string Begin(ReadOnlySpan<byte> utf8)
    {
        var text = new StringInfo(Encoding.UTF8.GetString(utf8));
        return text.LengthInTextElements <= ExampleCharacters ? text.String : text.SubstringByTextElements(0, ExampleCharacters) + "…";
    }

    private static string[] Places(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8).Split('\0', StringSplitOptions.RemoveEmptyEntries);
}
