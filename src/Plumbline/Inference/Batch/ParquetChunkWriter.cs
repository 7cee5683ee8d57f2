using System.Globalization;
using System.Text;
using DuckDB.NET.Native;
using Plumbline.Datasets;

namespace Plumbline.Inference.Batch;

/// <summary>A Parquet file of one chunk, which is held in memory until it is complete.</summary>
internal sealed class ParquetChunkWriter : ChunkWriter
{
    /// <summary>What a file says of itself: <see cref="RowGroups.Tally.Most"/>.</summary>
    private const string LongestRows = "plumbline_longest_rows";

    private const int MemoryMegabytes = 128;

    private readonly string _path;
    private readonly KeptColumn[] _kept;
    private readonly byte[][] _labels;
    private readonly byte[]? _version;
    private readonly string _select;
    private readonly DuckSession _session;
    private readonly ChunkAppender _appender;
    private readonly RowGroups.Tally _tally = new();

    /// <param name="folder">For what does not fit into memory.</param>
    public ParquetChunkWriter(string path, string folder, IPredictor predictor, BatchOptions options, KeptColumn[] kept)
    {
        (_path, _kept) = (path, kept);
        _labels = [.. predictor.Labels.Select(Encoding.UTF8.GetBytes)];
        _version = options.Version is null ? null : Encoding.UTF8.GetBytes(options.Version);
        string[] texts = [.. kept.Select(column => column.Name), AnswerColumns.Label];
        string[] numbers = [AnswerColumns.Probability, .. predictor.Labels.Select(AnswerColumns.OfLabel)];
        string[] versions = _version is null ? [] : [AnswerColumns.Version];
        // Names that differ by case alone are one to DuckDB: labels may, so columns go by numbers until they are written.
        var columns = texts.Length + numbers.Length + versions.Length;
        _select = string.Join(", ", texts.Concat(numbers).Concat(versions).Select((name, i) => $"{Stored(i)} AS {DuckSession.Name(name)}"));
        _session = new DuckSession(threads: 1, MemoryMegabytes, folder);
        _session.Execute($"CREATE TABLE answers ({string.Join(", ", Enumerable.Range(0, columns).Select(i => $"c{i} {(IsNumber(i) ? "FLOAT" : "VARCHAR")}"))})");
        _appender = new ChunkAppender(_session, "answers", [.. Enumerable.Range(0, columns).Select(i => IsNumber(i) ? DuckDBType.Float : DuckDBType.Varchar)]);

        bool IsNumber(int column) => column >= texts.Length && column < texts.Length + numbers.Length;
        string Stored(int column) => column < kept.Length && kept[column].StoredType is { } type ? $"CAST(c{column} AS {type})" : $"c{column}";
    }

    /// <summary>The most that files say of their longest rows.</summary>
    /// <param name="files">A list of DuckDB's.</param>
    public static long LongestOf(DuckSession session, string files)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = $"SELECT coalesce(max(CAST(decode(value) AS BIGINT)), 0) FROM parquet_kv_metadata({files}) WHERE decode(key) = '{LongestRows}'";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public override void Write(AnsweredBatch batch)
    {
        for (var row = 0; row < batch.Input.Count; row++)
        {
            var bytes = 0L;
            for (var i = 0; i < _kept.Length; i++)
            {
                var field = batch.Input.Fields!.Field(_kept[i].Index, row);
                bytes += field.Length;
                SetText(i, field);
            }
            _tally.Add(bytes);
            SetAnswer(batch, row, _kept.Length);
            if (_version is not null)
                _appender.Set(_kept.Length + 2 + _labels.Length, _version);
            _appender.EndRow();
        }
    }

    public override void Complete()
    {
        _appender.Complete();
        RowGroups.Allow(_session, MemoryMegabytes, _tally.Most);
        _session.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"COPY (SELECT {_select} FROM answers) TO {DuckSession.Literal(_path)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {RowGroups.RowsOf(_tally.Most)}, KV_METADATA {{{LongestRows}: '{_tally.Most}'}})"));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _appender.Dispose();
            _session.Dispose();
        }
        base.Dispose(disposing);
    }

    private void SetAnswer(AnsweredBatch batch, int row, int column)
    {
        var chosen = batch.Chosen[row];
        if (chosen < 0)
        {
            for (var i = 0; i < 2 + _labels.Length; i++)
                _appender.SetNull(column + i);
            return;
        }
        var probabilities = batch.Probabilities.AsSpan(row * _labels.Length, _labels.Length);
        _appender.Set(column, _labels[chosen]);
        _appender.Set(column + 1, probabilities[chosen]);
        for (var label = 0; label < probabilities.Length; label++)
            _appender.Set(column + 2 + label, probabilities[label]);
    }

    private void SetText(int column, ReadOnlySpan<byte> field)
    {
        if (field.IsEmpty)
            _appender.SetNull(column);
        else
            _appender.Set(column, field);
    }
}
