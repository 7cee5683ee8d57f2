using Plumbline.Datasets;
using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>The logged predictions of a query and some conditions, of all hosts: what is finished for the data engine, all else row by row. Read it while it is fresh: what was fetched goes after a while.</summary>
internal sealed class LoggedSlice
{
    private const int MemoryMegabytes = 512;

    private readonly PredictionQuery _query;
    private readonly IReadOnlyList<DriftFilter> _filters;
    private readonly string[] _parts;
    private readonly string[] _erased;
    private readonly Erasures _erasures;
    private readonly List<LoggedPrediction> _open = [];

    private LoggedSlice(LoggedSource source, PredictionQuery query, IReadOnlyList<DriftFilter> filters, string[] finished, string[] parts, Erasures erasures)
    {
        (_query, _filters, _parts, _erasures) = (query, filters, parts, erasures);
        var open = new HashSet<string>(StringComparer.Ordinal);
        _open.AddRange(PredictionLogReader.ReadOpen(source.Folder, query, open).Where(Takes));
        // Those of erased users and items may be in files that their host has yet to write anew.
        _erased = erasures.IsEmpty ? [] : finished;
        Archives = [.. PredictionLogReader.ArchiveFiles(source.Folder, query, open), .. erasures.IsEmpty ? finished : []];
    }

    /// <summary>Finished files, all of whose rows that <see cref="Select"/> takes count.</summary>
    public string[] Archives { get; }

    /// <exception cref="Storage.MetadataException">The artifact store does not answer.</exception>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static async Task<LoggedSlice> OpenAsync(LoggedSource source, PredictionQuery query, IReadOnlyList<DriftFilter> filters, CancellationToken cancellation = default)
    {
        if (source.Shared is not { } shared)
            return new LoggedSlice(source, query, filters, [], [], Erasures.Of([]));
        var erasures = await shared.ErasuresAsync(cancellation).ConfigureAwait(false);
        var (finished, parts) = await shared.FetchOthersAsync(query, cancellation).ConfigureAwait(false);
        return new LoggedSlice(source, query, filters, finished, parts, erasures);
    }

    /// <summary>Those that are not in <see cref="Archives"/>.</summary>
    public IEnumerable<LoggedPrediction> Open() =>
        _open.Concat(_parts.SelectMany(Part)).Concat(PredictionLogReader.ReadArchive(_erased, Condition()).Where(prediction => !_erasures.Covers(prediction)));

    /// <summary>All of them.</summary>
    /// <exception cref="DatasetException">A file of the archive cannot be read.</exception>
    public IEnumerable<LoggedPrediction> All() => Open().Concat(PredictionLogReader.ReadArchive(Archives, Condition()));

    /// <summary>The rows of <see cref="Archives"/> that count, in SQL.</summary>
    public string Select(string columns) =>
        $"SELECT {columns} FROM read_parquet([{string.Join(", ", Archives.Select(DuckSession.FileLiteral))}], hive_partitioning = false) WHERE {Condition()}";

    /// <param name="withText">Whether only those count whose text is kept.</param>
    public LoggedSample Sample(int most, bool withText, CancellationToken stop)
    {
        var sample = new LoggedSample(most);
        foreach (var prediction in Open().Where(prediction => !withText || prediction.Text is not null))
            sample.Add(prediction, LoggedSample.KeyOf(prediction.Id));
        if (Archives.Length == 0)
            return sample;
        var keys = Keys(most, withText);
        foreach (var prediction in keys.Count == 0 ? [] : PredictionLogReader.ReadArchive(Archives, PredictionLogReader.Among(keys.Keys)))
        {
            stop.ThrowIfCancellationRequested();
            sample.Add(prediction, keys[prediction.Id]);
        }
        return sample;
    }

    /// <summary>Of the archive's rows those of the smallest keys.</summary>
    private Dictionary<Guid, ulong> Keys(int most, bool withText)
    {
        var keys = new Dictionary<Guid, ulong>();
        using var session = new DuckSession(Environment.ProcessorCount, MemoryMegabytes);
        using var command = session.Connection.CreateCommand();
        command.CommandText = FormattableString.Invariant($"{Select($"id, {LoggedSample.KeyOfRow}")}{(withText ? " AND text IS NOT NULL" : "")} ORDER BY 2 LIMIT {most}");
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
                keys[reader.GetGuid(0)] = reader.GetFieldValue<ulong>(1);
        }
        catch (DuckDB.NET.Data.DuckDBException exception)
        {
            throw new DatasetException($"The prediction log cannot be read: {exception.Message.Split('\n', 2)[0]}", exception);
        }
        return keys;
    }

    private IEnumerable<LoggedPrediction> Part(string file)
    {
        using var reader = SegmentReader.TryOpen(file);
        if (reader is null)
            yield break;
        foreach (var prediction in PredictionLogReader.ReadSegment(reader, null, null, _erasures))
        {
            if (_query.Takes(prediction) && Takes(prediction))
                yield return prediction;
        }
    }

    private bool Takes(LoggedPrediction prediction) => _filters.All(filter => filter.Takes(prediction));

    private string Condition() => string.Join(" AND ",
    [
        FormattableString.Invariant($"epoch_us(\"time\") >= {Micros(_query.From)} AND epoch_us(\"time\") < {Micros(_query.Until)}"),
        .. _query.Version is null ? Array.Empty<string>() : [$"version = {DuckSession.Literal(_query.Version)}"], .. _filters.Select(filter => filter.Condition()),
    ]);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
