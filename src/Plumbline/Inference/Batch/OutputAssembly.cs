using System.Globalization;
using System.IO.Compression;
using Plumbline.Datasets;

namespace Plumbline.Inference.Batch;

/// <summary>Puts an output together of its parts.</summary>
internal sealed class OutputAssembly(IPredictor predictor, BatchOptions options, InputColumns columns, OutputPlace place)
{
    private const int MemoryMegabytes = 160;

    private const int CopyBytes = 1 << 20;

    /// <param name="check">Called before anything is seen of it.</param>
    public async Task RunAsync(IReadOnlyList<DoneChunk> chunks, Func<CancellationToken, Task> check, CancellationToken stop)
    {
        var answers = place.NewFile();
        try
        {
            if (options.Format == AnswerFormat.Parquet)
                await WriteParquetAsync(answers, chunks, stop).ConfigureAwait(false);
            else
                await WriteTextAsync(answers, chunks, stop).ConfigureAwait(false);
            await check(stop).ConfigureAwait(false);
            // The output is what tells that the work is done, and so is the last to be seen.
            await PublishErrorsAsync(place, chunks, stop).ConfigureAwait(false);
            await place.PublishAsync("", answers, stop).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(answers);
        }
    }

    /// <summary>What is wrong with rows of chunks that are done.</summary>
    public static async Task PublishErrorsAsync(OutputPlace place, IReadOnlyList<DoneChunk> chunks, CancellationToken stop)
    {
        var faulty = chunks.Where(chunk => chunk.Errors > 0).ToArray();
        if (faulty.Length == 0)
        {
            await place.RemoveAsync(OutputPlace.ErrorsSuffix, stop).ConfigureAwait(false);
            return;
        }
        var errors = place.NewFile();
        try
        {
            await ConcatenateAsync(place, errors, [], faulty.Select(chunk => chunk.Part("errors")), stop).ConfigureAwait(false);
            await place.PublishAsync(OutputPlace.ErrorsSuffix, errors, stop).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(errors);
        }
    }

    private Task WriteTextAsync(string target, IReadOnlyList<DoneChunk> chunks, CancellationToken stop)
    {
        var header = new TextAnswers(predictor, options, columns.Kept).Header();
        return ConcatenateAsync(place, target, options.IsCompressed ? Pack(header) : header, chunks.Select(chunk => chunk.Part("part")), stop);
    }

    private static async Task ConcatenateAsync(OutputPlace place, string target, byte[] header, IEnumerable<string> parts, CancellationToken stop)
    {
        var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        await using (output.ConfigureAwait(false))
        {
            await output.WriteAsync(header, stop).ConfigureAwait(false);
            foreach (var part in parts)
            {
                var path = await place.FetchAsync(part, stop).ConfigureAwait(false);
                var content = File.OpenRead(path);
                await using (content.ConfigureAwait(false))
                    await content.CopyToAsync(output, CopyBytes, stop).ConfigureAwait(false);
                Forget(path);
            }
        }
    }

    private async Task WriteParquetAsync(string target, IReadOnlyList<DoneChunk> chunks, CancellationToken stop)
    {
        if (chunks.Count == 0)
        {
            using var empty = new ParquetChunkWriter(target, place.Temporary, predictor, options, columns.Kept);
            empty.Complete();
            return;
        }
        var paths = new List<string>();
        foreach (var chunk in chunks)
            paths.Add(await place.FetchAsync(chunk.Part("part"), stop).ConfigureAwait(false));
        // On one thread row groups are as long whatever the machine.
        using (var session = new DuckSession(threads: 1, MemoryMegabytes, place.Temporary))
        {
            var parts = $"[{string.Join(", ", paths.Select(DuckSession.FileLiteral))}]";
            var longest = ParquetChunkWriter.LongestOf(session, parts);
            RowGroups.Allow(session, MemoryMegabytes, longest);
            session.Write(string.Create(
                CultureInfo.InvariantCulture, $"COPY (SELECT * FROM read_parquet({parts})) TO {DuckSession.Literal(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowGroups.RowsOf(longest)})"), stop);
        }
        paths.ForEach(Forget);
    }

    /// <summary>What was fetched for this alone.</summary>
    private static void Forget(string path)
    {
        if (path.EndsWith(".tmp", StringComparison.Ordinal))
            File.Delete(path);
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
