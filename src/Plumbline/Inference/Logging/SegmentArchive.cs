using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using DuckDB.NET.Native;
using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Inference.Logging;

/// <summary>Turns a finished segment into Parquet, a file an hour. Doing it again gives the same files.</summary>
internal sealed class SegmentArchive : IDisposable
{
    /// <summary>What is more goes to disk: a server under load must not need hundreds of megabytes for a moment.</summary>
    private const int MemoryMegabytes = 128;

    /// <summary>Of a number in a list, its sign and exponent among them.</summary>
    private const int MostDigits = 32;

    private static readonly DuckDBType[] Types =
    [
        DuckDBType.BigInt, DuckDBType.Uuid, DuckDBType.BigInt, DuckDBType.BigInt, DuckDBType.UnsignedBigInt, DuckDBType.Varchar, DuckDBType.Varchar, DuckDBType.BigInt,
        DuckDBType.Varchar, DuckDBType.BigInt, DuckDBType.Varchar, DuckDBType.Varchar, DuckDBType.Varchar, DuckDBType.Uuid,
    ];

    private readonly DuckSession _session;
    private readonly SortedSet<long> _hours = [];
    private readonly ArrayBufferWriter<byte> _list = new();
    private readonly RowGroups.Tally _tally = new();

    /// <param name="temporary">Folder for what does not fit into memory.</param>
    private SegmentArchive(string temporary)
    {
        _session = new DuckSession(threads: 1, MemoryMegabytes, temporary);
        _session.Execute(
            """
            CREATE TABLE rows (hour BIGINT, id UUID, "time" BIGINT, version BIGINT, route UBIGINT, "user" VARCHAR, item VARCHAR, label BIGINT, probabilities VARCHAR, latency BIGINT,
              numeric VARCHAR, categories VARCHAR, text VARCHAR, trace_id UUID);
            CREATE TABLE versions (number BIGINT, version VARCHAR, bundle VARCHAR, labels VARCHAR[], numeric VARCHAR[], categorical VARCHAR[], categories VARCHAR[][]);
            """);
    }

    /// <returns>Whether something in it was not what was written; the rest is in the archive.</returns>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    /// <exception cref="DatasetException">The data engine failed.</exception>
    public static bool Write(string segment, string folder, CancellationToken stop)
    {
        while (true)
        {
            var erasures = Erasures.Read(folder);
            using var archive = new SegmentArchive(PredictionFolder.Segments(folder));
            var isDamaged = archive.Read(segment, erasures, stop);
            RowGroups.Allow(archive._session, MemoryMegabytes, archive._tally.Most);
            foreach (var hour in archive._hours)
                archive.Write(hour, Path.Combine(PredictionFolder.Archive(folder), PredictionFolder.HourName(hour)), Path.GetFileNameWithoutExtension(segment) + PredictionFolder.ArchiveSuffix, stop);
            // One that came meanwhile may have looked at the archive before these files were in it.
            if (erasures.IsSame(Erasures.Read(folder)))
                return isDamaged;
        }
    }

    public void Dispose() => _session.Dispose();

    private bool Read(string segment, Erasures erasures, CancellationToken stop)
    {
        using var reader = SegmentReader.TryOpen(segment) ?? throw new FileNotFoundException($"{segment} is gone.");
        using var appender = new ChunkAppender(_session, "rows", Types);
        var strange = false;
        while (reader.Next())
        {
            stop.ThrowIfCancellationRequested();
            var rows = reader.Rows;
            while (PredictionRow.TryTake(ref rows, out var row))
            {
                if (!reader.Versions.TryGetValue(row.Version, out var version) || !row.Fits(version))
                    strange = true;
                else
                    Append(appender, row, version, erasures.Covers(row, version));
            }
        }
        appender.Complete();
        foreach (var version in reader.Versions.Values)
            Add(version);
        return strange || reader.DamagedBlocks > 0;
    }

    private void Append(ChunkAppender appender, PredictionRow row, LoggedVersion version, bool isErased)
    {
        Span<byte> id = stackalloc byte[16];
        row.Id.TryWriteBytes(id, bigEndian: true, out _);
        var hour = PredictionFolder.HourOf(row.Milliseconds);
        // Also where nothing is left of it: a file of an earlier attempt must not stay.
        _hours.Add(hour);
        if (isErased)
            return;
        appender.Set(0, hour);
        appender.SetUuid(1, BinaryPrimitives.ReadUInt128BigEndian(id));
        appender.Set(2, row.Time);
        appender.Set(3, row.Version);
        appender.Set(4, (long)row.Route);
        if (row.Route == 0)
            appender.SetNull(4);
        Set(appender, 5, row.User(version), row.User(version).IsEmpty);
        Set(appender, 6, row.Item(version), row.Item(version).IsEmpty);
        appender.Set(7, row.Label);
        appender.Set(8, List(row.Probabilities(version)));
        appender.Set(9, row.Latency);
        appender.Set(10, List(row.Numeric(version)));
        appender.Set(11, List(row.Categories(version)));
        Set(appender, 12, row.Text(version), !row.HasText);
        appender.SetUuid(13, row.TraceId(version));
        if (row.TraceId(version) == 0)
            appender.SetNull(13);
        appender.EndRow();
        // A list grows by half, or so, as text.
        _tally.Add(2L * row.Length);
    }

    private static void Set(ChunkAppender appender, int column, ReadOnlySpan<byte> value, bool isNull)
    {
        if (isNull)
            appender.SetNull(column);
        else
            appender.Set(column, value);
    }

    /// <summary>A list as the data engine reads it; NaN is none of its values.</summary>
    private ReadOnlySpan<byte> List<T>(ReadOnlySpan<T> values)
        where T : IUtf8SpanFormattable, INumber<T>
    {
        _list.ResetWrittenCount();
        _list.Write("["u8);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
                _list.Write(","u8);
            if (T.IsNaN(values[i]))
            {
                _list.Write("NULL"u8);
                continue;
            }
            values[i].TryFormat(_list.GetSpan(MostDigits), out var written, default, CultureInfo.InvariantCulture);
            _list.Advance(written);
        }
        _list.Write("]"u8);
        return _list.WrittenSpan;
    }

    private void Add(LoggedVersion version) => _session.Execute(
        $"""
        INSERT INTO versions VALUES ({version.Number.ToString(CultureInfo.InvariantCulture)}, {DuckSession.Literal(version.Version)}, {DuckSession.Literal(version.Bundle)}, {Literals(version.Labels)},
          {Literals(version.Numeric)}, {Literals(version.Categorical.Select(feature => feature.Name))}, [{string.Join(", ", version.Categorical.Select(feature => Literals(feature.Categories)))}]::VARCHAR[][])
        """);

    private static string Literals(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(DuckSession.Literal))}]::VARCHAR[]";

    private void Write(long hour, string folder, string name, CancellationToken stop)
    {
        DurableFolder.Create(folder);
        Publish(
            _session,
            $"""
            SELECT r.id, make_timestamp(r."time") AS "time", v.version, v.bundle, r.route, r."user", r.item, v.labels[r.label + 1] AS label, v.labels,
              CAST(r.probabilities AS FLOAT[]) AS probabilities, CAST(r.latency AS UINTEGER) AS latency_us, map(v.numeric, CAST(r.numeric AS FLOAT[])) AS numeric,
              map(v.categorical, list_transform(CAST(r.categories AS INTEGER[]), lambda c, i: CASE WHEN c = -1 THEN NULL WHEN c < 0 THEN '' ELSE coalesce(v.categories[i][c + 1], '') END)) AS categorical,
              r.text, replace(CAST(r.trace_id AS VARCHAR), '-', '') AS trace_id
            FROM rows r JOIN versions v ON r.version = v.number WHERE r.hour = {hour.ToString(CultureInfo.InvariantCulture)} ORDER BY r.id
            """,
            folder, name, RowGroups.RowsOf(_tally.Most), stop);
    }

    /// <summary>Makes a query's rows a file of the archive, in the place of what was there.</summary>
    /// <param name="groupRows">Rows of a row group.</param>
    public static void Publish(DuckSession session, string query, string folder, string name, long groupRows, CancellationToken stop)
    {
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            session.Write(string.Create(CultureInfo.InvariantCulture, $"COPY ({query}) TO {DuckSession.Literal(temporary)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {groupRows})"), stop);
            using (var file = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
                RandomAccess.FlushToDisk(file);
            File.Move(temporary, Path.Combine(folder, name), overwrite: true);
            DurableFolder.Flush(folder);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
