using DuckDB.NET.Data;
using Plumbline.Datasets;

namespace Plumbline.Inference.Logging;

/// <summary>Reads what prediction logs kept in a folder, also while they write. Thread-safe.</summary>
public static class PredictionLogReader
{
    private const int MemoryMegabytes = 512;

    private const int TraceColumn = 16;

    /// <summary>How long before its answer an id may have been made: no request takes longer.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromHours(1);

    /// <summary>Streams predictions, a block or a row group in memory at a time: first those whose segments are not finished. In the order of their ids within a file.</summary>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    /// <exception cref="DatasetException">A file of the archive cannot be read.</exception>
    public static IEnumerable<LoggedPrediction> Read(string folder, PredictionQuery query)
    {
        var (least, most) = ((query.From - LongestRequest).ToUnixTimeMilliseconds(), query.Until.ToUnixTimeMilliseconds());
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var prediction in ReadSegments(folder, "*", open, (begin, end) => end >= least && begin <= most))
        {
            if (query.Takes(prediction))
                yield return prediction;
        }
        var (first, last) = HoursOf(query);
        foreach (var hour in PredictionFolder.Hours(folder).Where(hour => hour >= first && hour <= last))
        {
            var condition = query.Version is null ? "true" : $"version = {DuckSession.Literal(query.Version)}";
            foreach (var prediction in ReadArchive(Finished(folder, hour, "*", open), condition).Where(query.Takes))
                yield return prediction;
        }
    }

    /// <summary>Those of <see cref="Read"/> whose segments are not finished.</summary>
    /// <param name="open">Receives the names of the segments that were there: files of these names are not to be read, too.</param>
    internal static IEnumerable<LoggedPrediction> ReadOpen(string folder, PredictionQuery query, HashSet<string> open) =>
        ReadSegments(folder, "*", open, (first, last) => last >= (query.From - LongestRequest).ToUnixTimeMilliseconds() && first <= query.Until.ToUnixTimeMilliseconds()).Where(query.Takes);

    /// <summary>Files of the archive that may hold predictions of a query, but those whose segment was read instead.</summary>
    internal static string[] ArchiveFiles(string folder, PredictionQuery query, HashSet<string> open)
    {
        var (first, last) = (PredictionFolder.HourOf(Math.Max(0, (query.From - LongestRequest).ToUnixTimeMilliseconds())), PredictionFolder.HourOf(Math.Max(0, query.Until.ToUnixTimeMilliseconds())));
        return [.. PredictionFolder.Hours(folder).Where(hour => hour >= first && hour <= last).SelectMany(hour => Finished(folder, hour, "*", open))];
    }

    /// <summary>The predictions of these ids, as far as they are there: only files of their processes and hours are looked at.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static IReadOnlyDictionary<Guid, LoggedPrediction> Find(string folder, IReadOnlyCollection<Guid> ids)
    {
        var found = new Dictionary<Guid, LoggedPrediction>();
        foreach (var ofProcess in ids.Distinct().GroupBy(PredictionFolder.ProcessOf, StringComparer.Ordinal))
        {
            var wanted = ofProcess.ToHashSet();
            var times = wanted.Select(ServedModelLog.MillisecondsOf).ToArray();
            var open = new HashSet<string>(StringComparer.Ordinal);
            foreach (var prediction in ReadSegments(folder, ofProcess.Key, open, (first, last) => times.Any(time => time >= first && time <= last), wanted))
                found[prediction.Id] = prediction;
            foreach (var ofHour in wanted.Where(id => !found.ContainsKey(id)).GroupBy(id => PredictionFolder.HourOf(ServedModelLog.MillisecondsOf(id))).ToArray())
            {
                foreach (var prediction in ReadArchive(Finished(folder, ofHour.Key, ofProcess.Key, open), Among(ofHour)))
                    found[prediction.Id] = prediction;
            }
        }
        return found;
    }

    /// <summary>The first and the last hour whose ids a query may take.</summary>
    internal static (long First, long Last) HoursOf(PredictionQuery query) =>
        (PredictionFolder.HourOf(Math.Max(0, (query.From - LongestRequest).ToUnixTimeMilliseconds())), PredictionFolder.HourOf(Math.Max(0, query.Until.ToUnixTimeMilliseconds())));

    /// <summary>The condition that a row of the archive is one of these.</summary>
    internal static string Among(IEnumerable<Guid> ids) => $"id IN ({string.Join(", ", ids.Select(id => $"'{id:D}'::UUID"))})";

    /// <summary>Files of the archive, but those whose segment was read instead.</summary>
    private static string[] Finished(string folder, long hour, string process, HashSet<string> open) =>
        [.. PredictionFolder.Files(folder, hour, process).Where(file => !open.Contains(Path.GetFileNameWithoutExtension(file)))];

    /// <param name="open">Receives the names of the segments that were there.</param>
    /// <param name="wanted">Null: all.</param>
    private static IEnumerable<LoggedPrediction> ReadSegments(string folder, string process, HashSet<string> open, Func<long, long, bool> wants, HashSet<Guid>? wanted = null)
    {
        var erasures = Erasures.Read(folder);
        foreach (var segment in PredictionFolder.SegmentFiles(folder, process))
        {
            using var reader = SegmentReader.TryOpen(segment);
            if (reader is null)
                continue;
            open.Add(Path.GetFileNameWithoutExtension(segment));
            foreach (var prediction in ReadSegment(reader, wants, wanted, erasures))
                yield return prediction;
        }
    }

    /// <param name="wants">Given the least and greatest Unix ms of a block's ids; others are not read. Null: all.</param>
    /// <param name="wanted">Null: all.</param>
    internal static IEnumerable<LoggedPrediction> ReadSegment(SegmentReader reader, Func<long, long, bool>? wants, HashSet<Guid>? wanted, Erasures erasures)
    {
        var block = new List<LoggedPrediction>();
        while (reader.Next(wants))
        {
            block.Clear();
            Take(reader, wanted, erasures, block);
            foreach (var prediction in block)
                yield return prediction;
        }
    }

    private static void Take(SegmentReader reader, HashSet<Guid>? wanted, Erasures erasures, List<LoggedPrediction> block)
    {
        var rows = reader.Rows;
        while (PredictionRow.TryTake(ref rows, out var row))
        {
            if (wanted?.Contains(row.Id) != false && reader.Versions.TryGetValue(row.Version, out var version) && row.Fits(version) && !erasures.Covers(row, version))
                block.Add(row.ToPrediction(version));
        }
    }

    internal static IEnumerable<LoggedPrediction> ReadArchive(string[] files, string condition)
    {
        if (files.Length == 0)
            yield break;
        using var session = new DuckSession(threads: 1, MemoryMegabytes);
        foreach (var file in files)
        {
            using var command = session.Connection.CreateCommand();
            command.UseStreamingMode = true;
            command.CommandText =
                // All that is left beside the others is the trace id; files of before it came have none.
                $"""
                SELECT id, epoch_us("time"), version, bundle, route, "user", item, label, labels, probabilities, latency_us, map_keys(numeric), map_values(numeric), map_keys(categorical),
                  map_values(categorical), text, * EXCLUDE (id, "time", version, bundle, route, "user", item, label, labels, probabilities, latency_us, numeric, categorical, text)
                FROM read_parquet({DuckSession.FileLiteral(file)}, hive_partitioning = false) WHERE {condition}
                """;
            using var reader = Execute(command, file);
            while (reader?.Read() == true)
                yield return Prediction(reader);
        }
    }

    /// <returns>Null where the file is gone: it was too old.</returns>
    private static DuckDBDataReader? Execute(DuckDBCommand command, string file)
    {
        try
        {
            return command.ExecuteReader();
        }
        catch (DuckDBException) when (!File.Exists(file))
        {
            return null;
        }
        catch (DuckDBException exception)
        {
            throw new DatasetException($"{file} cannot be read: {exception.Message.Split('\n', 2)[0]}", exception);
        }
    }

    private static LoggedPrediction Prediction(DuckDBDataReader row) => new(
        row.GetGuid(0), DateTimeOffset.UnixEpoch.AddTicks(row.GetInt64(1) * TimeSpan.TicksPerMicrosecond), row.GetString(2), row.GetString(3),
        row.IsDBNull(4) ? null : row.GetFieldValue<ulong>(4), Text(row, 5), Text(row, 6), row.GetString(7), row.GetFieldValue<List<string>>(8), row.GetFieldValue<List<float>>(9),
        TimeSpan.FromMicroseconds(row.GetFieldValue<uint>(10)), Map<float?>(row, 11), Map<string?>(row, 13), Text(row, 15))
    {
        TraceId = row.FieldCount > TraceColumn ? Text(row, TraceColumn) : null,
    };

    private static string? Text(DuckDBDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Dictionary<string, T> Map<T>(DuckDBDataReader row, int keys) =>
        row.GetFieldValue<List<string>>(keys).Zip(row.GetFieldValue<List<T>>(keys + 1)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
}
