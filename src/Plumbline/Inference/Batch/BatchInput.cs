using System.Security.Cryptography;
using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Inference.Batch;

/// <summary>One pass over the rows of an input, forwards; rows may be passed by. Not thread-safe but for <see cref="Share"/>.</summary>
internal sealed class BatchInput : IDisposable
{
    private const int HeadBytes = 64 << 10;

    private readonly SourceOptions _options;
    private readonly IReadOnlyList<Origin> _origins;
    private readonly long _bytes;
    private SourceFile? _first;
    private SourceFile? _file;
    private RecordReader? _reader;
    private int[] _map = [];
    private int[] _none = [];
    private FieldBatchBuilder? _builder;
    private int _next;
    private long _firstRowOfFile;
    private long _finishedBytes;

    private BatchInput(SourceOptions options, IReadOnlyList<Origin> origins)
    {
        (_options, _origins) = (options, origins);
        _bytes = origins.Sum(origin => origin.Size);
    }

    public InputColumns Columns { get; private set; } = null!;

    /// <summary>0-based row over the whole input that is read next; at its end the number of all rows.</summary>
    public long Row { get; private set; }

    /// <summary>How much of the input is behind, 0 to 1.</summary>
    public double Share => _bytes == 0 ? 0 : Math.Min(1, (Volatile.Read(ref _finishedBytes) + (Volatile.Read(ref _file)?.BytesRead ?? 0)) / (double)_bytes);

    /// <exception cref="DatasetException">There is no such input, or a column is missing or ambiguous.</exception>
    public static BatchInput Open(BatchOptions options, IPredictor predictor, CancellationToken stop)
    {
        options.Validate(predictor);
        var source = options.Source with { PassUnreadable = true };
        var input = new BatchInput(source, OriginFinder.Find(source, stop));
        try
        {
            if (input._origins.Any(origin => origin.FullName == (S3Address.IsS3(options.Output) ? options.Output : Path.GetFullPath(options.Output))))
                throw new DatasetException($"{options.Output} is part of the input; the answers would replace it. Name another output");
            input._first = SourceFile.Open(input._origins[0], source, null, stop);
            input.Columns = InputColumns.Find(options, predictor, input._first);
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>What tells this input from another.</summary>
    public IReadOnlyList<InputFile> Files() => [.. _origins.Select(origin => new InputFile(origin.FullName, origin.Size, origin.Version, HeadOf(origin)))];

    /// <summary>Goes to a row.</summary>
    /// <returns>False where the input ends before it.</returns>
    public bool MoveTo(long row, CancellationToken stop)
    {
        while (Row < row)
        {
            stop.ThrowIfCancellationRequested();
            if (_file is null && !OpenNext(stop))
                return false;
            if (_file!.Rows is { } rows)
                SkipRows(row, rows);
            else if (!ReadPast(row, stop))
                Finish(unread: false);
        }
        return true;
    }

    /// <summary>The next rows, of one file.</summary>
    /// <param name="most">Rows at most, above 0.</param>
    /// <returns>Null at the end of the input.</returns>
    public InputBatch? Read(long chunk, int most, CancellationToken stop)
    {
        while (_file is not null || OpenNext(stop))
        {
            stop.ThrowIfCancellationRequested();
            _reader ??= _file!.ReadFrom(column => _map.Contains(column), 0);
            if (ReadSome(chunk, most) is { } batch)
                return batch;
            Finish(unread: false);
        }
        return null;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _file?.Dispose();
        _first?.Dispose();
        foreach (var origin in _origins)
            origin.Dispose();
    }

    private InputBatch? ReadSome(long chunk, int most)
    {
        var faults = new List<RowFault>();
        var first = Row;
        var count = 0;
        while (count < most && !_builder!.IsFull && _reader!.ReadOn())
        {
            if (FaultOf(count) is { } fault)
                faults.Add(fault);
            else if (!_builder.TryAdd(_reader, _map))
                faults.Add(new RowFault(count, null, RowFaultReason.Unreadable, "a field of it is longer than 16 MiB"));
            if (faults is [.., var last] && last.Record == count)
                _builder.TryAdd(_reader, last.Reason == RowFaultReason.WrongType ? _map : _none);
            count++;
        }
        if (count == 0)
            return null;
        Row += count;
        return new InputBatch(chunk, first, _origins[_next - 1].Name, faults, _builder!.Build());
    }

    private RowFault? FaultOf(int record)
    {
        if (_reader!.Fault is { } fault)
            return new RowFault(record, null, RowFaultReason.Unreadable, fault);
        var text = Columns.Mapping.Text;
        return _reader.OtherThanText(_map[text.Index]) is { } kind ? new RowFault(record, text.Name, RowFaultReason.WrongType, $"it is {kind}, not a string") : null;
    }

    private bool OpenNext(CancellationToken stop)
    {
        if (_next == _origins.Count)
            return false;
        Volatile.Write(ref _file, _next == 0 ? _first! : SourceFile.Open(_origins[_next], _options, _first, stop));
        _map = ColumnMap.Match(_first!, _file!, Columns.IsWanted, others: false, []);
        _none = [.. Enumerable.Repeat(ColumnMap.Missing, _map.Length)];
        _builder = new FieldBatchBuilder(_next++, _map.Length, BatchAnswerer.BatchRows);
        _firstRowOfFile = Row;
        return true;
    }

    /// <summary>In a file that says how many rows it has.</summary>
    private void SkipRows(long row, long rows)
    {
        _reader?.Dispose();
        _reader = null;
        if (_firstRowOfFile + rows <= row)
        {
            Row = _firstRowOfFile + rows;
            Finish(unread: true);
            return;
        }
        _reader = _file!.ReadFrom(column => _map.Contains(column), row - _firstRowOfFile);
        Row = row;
    }

    private bool ReadPast(long row, CancellationToken stop)
    {
        const int LookEvery = 1 << 12;
        _reader ??= _file!.ReadFrom(column => _map.Contains(column), 0);
        for (; Row < row; Row++)
        {
            if (Row % LookEvery == 0)
                stop.ThrowIfCancellationRequested();
            if (!_reader.ReadOn())
                return false;
        }
        return true;
    }

    private void Finish(bool unread)
    {
        if (!unread)
            _file!.CheckUnchanged();
        _reader?.Dispose();
        _reader = null;
        var done = _file!;
        Volatile.Write(ref _finishedBytes, _finishedBytes + _origins[_next - 1].Size);
        Volatile.Write(ref _file, null);
        done.Dispose();
    }

    /// <summary>A store tells versions apart by itself.</summary>
    private static string HeadOf(Origin origin)
    {
        if (origin.LocalPath is null)
            return "";
        using var stream = origin.Open(CancellationToken.None);
        var head = new byte[HeadBytes];
        return Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false))));
    }
}

/// <param name="Version">Time of the last change, or what the store calls the version.</param>
/// <param name="Head">SHA-256 of the first 64 KiB of a local file; else empty.</param>
public sealed record InputFile(string Name, long Size, string Version, string Head);
